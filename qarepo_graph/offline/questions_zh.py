"""Chinese wordings of “……是如何实现的？”, each with the style it has. Placeholders as in the English file."""

from __future__ import annotations

from qarepo_graph.offline.question_frame import QuestionFrame, frames

CHINESE_FRAMES: tuple[QuestionFrame, ...] = frames(
    """
    question how neutral short | {f} 的功能是如何实现的？
    steps question walkthrough neutral medium | 请问 {f} 从头到尾要经过哪些处理步骤？
    steps question walkthrough casual medium | 能带我过一遍 {f} 里面的代码都做了什么吗？
    question how casual short | {f} 内部到底怎么运作的？
    question where neutral medium | {f} 定义在仓库的什么位置，它的代码又是怎样工作的？
    steps question how formal long | 能否详细说明一下，{f} 的实现是怎样一步步完成其任务的？
    branches question conditions neutral medium | 构成 {f} 的逻辑有哪些条件分支、循环和返回结果？
    steps question walkthrough casual long | 我刚加入项目，想弄明白：执行 {f} 时依次会发生什么？
    steps question purpose neutral medium | {f} 是用来做什么的？它按什么次序完成工作？
    steps question walkthrough neutral medium | 在 {f} 当中，各项操作的先后顺序是怎样的？
    question purpose casual medium | 调试时老是碰到 {f}，它究竟在干什么？
    result question result formal medium | {f} 借助怎样的机制得到最终结果？
    question how neutral medium | 如果要评审 {f} 的写法，需要了解它的哪些处理细节？
    question how terse short | {f} 里面做了些什么
    steps question where casual long | 我打算修改 {f}，想先知道它在哪里、每一段代码各负责什么？
    steps input question data neutral medium | 交给 {f} 的内容从头到尾会经历怎样的处理？
    steps input question data formal long | {f} 处理的是哪些数据，每个阶段分别对它们做了什么？
    branches question conditions casual medium | 什么情况下 {f} 会走哪条分支？
    steps question purpose formal medium | {f} 服务于怎样的目的，各个步骤又是如何达到它的？
    imperative purpose formal short | 请说明 {f} 的用途以及代码是怎样实现这一用途的。
    question purpose casual short | 从代码来看，{f} 到底有什么用处？
    question location formal medium | {f} 定义在哪个文件里，在那里完成什么工作？
    question location terse short | 在哪里能找到 {f}
    imperative location casual short | 帮我找到 {f}，顺便说说它干什么。
    question location neutral long | 哪个文件的哪些行是 {f} 的代码，其处理过程又怎样？
    question concept neutral medium | {f} 是什么，接收什么内容、给出什么结果？
    question concept casual short | 大家说的 {f} 究竟指的是什么？
    imperative concept formal medium | 请给出 {f} 的定义，包括输入、含义和产出。
    question concept terse short | {f} 代表什么意思
    input result question concept formal long | 从输入和返回内容来判断，{f} 在仓库中扮演怎样的角色？
    input imperative data neutral medium | 请追踪 {f} 如何处理传入的内容。
    result imperative result terse short | 说明 {f} 怎样得出结果
    imperative how neutral short | 请解释 {f} 的实现方式。
    steps imperative walkthrough neutral medium | 请逐步讲解 {f} 的代码执行过程。
    branches result imperative conditions formal medium | 请描述 {f} 的控制流程，包括其中的判断条件与返回值。
    imperative how terse short | 概括 {f} 的工作原理
    imperative where neutral medium | 请指出 {f} 所在的位置，并说明其逻辑。
    steps imperative walkthrough neutral medium | 按顺序列出 {f} 执行的各个操作。
    steps imperative how formal long | 为了代码评审，请说明 {f} 做了哪些事，以及各部分分别起什么作用。
    imperative purpose casual medium | 说说 {f} 应该完成什么，又是怎么做到的。
    steps imperative how casual short | 帮我拆解一下 {f}。
    behaviour question how neutral medium | 文档写着“{doc}”的 {f}，具体是如何实现的？
    task question where neutral long | “{doc}”在仓库的哪里实现，{f} 是怎样处理的？
    task question purpose formal long | 按照注释，{f} 的作用是“{doc}”，代码是怎么达成这一点的？
    task imperative how neutral long | 请说明“{doc}”这项工作在 {f} 中是怎样完成的。
    behaviour imperative where terse long | 找出注释为“{doc}”的代码（{f}）并解释它
    steps named question how neutral long | 想要{did}时，{f} 会采取哪些步骤？
    named question result casual long | 假如需要{did}，{f} 是怎么处理的？
    steps named imperative how formal long | 请解释 {f} 为了{did}，依次执行了哪些操作。
    """
)
