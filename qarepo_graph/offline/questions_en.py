"""English wordings of "how is this function implemented?", each with the style it has.

``{f}`` is the function as it is to be named, ``{did}`` what its documentation or name says it does.
"""

from __future__ import annotations

from qarepo_graph.offline.question_frame import QuestionFrame, frames

ENGLISH_FRAMES: tuple[QuestionFrame, ...] = frames(
    """
    question how neutral short | How is {f} implemented?
    steps question walkthrough neutral medium | What steps does {f} go through, from its first line to its last?
    steps question walkthrough casual medium | Can you walk me through what happens inside {f}?
    question how casual short | How does {f} work under the hood?
    question where neutral medium | Where does {f} live in the repository, and how does its code work?
    question how formal long | Could you explain in detail how the implementation of {f} carries out its task?
    branches question conditions neutral medium | Which branches, loops and results make up the logic of {f}?
    steps question walkthrough casual long | I have just joined the project: what does {f} do, step by step?
    steps question purpose neutral medium | What is {f} for, and in which order does it do its work?
    steps question walkthrough neutral medium | In what order are the operations of {f} carried out?
    question purpose casual medium | I keep running into {f} while debugging; what exactly is it doing?
    result question result formal medium | By what mechanism does {f} produce its result?
    question how neutral medium | As a reviewer, what should I know about the way {f} is written?
    question how terse short | What goes on in {f}?
    steps question where casual long | I want to change {f}: which lines do what, and where is it defined?
    steps input question data neutral medium | What becomes of what {f} is given, from its first line to its last?
    steps input question data formal long | Which data does {f} work on, and what is done with it at each stage?
    branches question conditions casual medium | When does {f} take which path?
    steps question purpose formal medium | Which purpose does {f} serve, and how do its steps contribute to it?
    imperative purpose formal short | State the purpose of {f} and how its code fulfils it.
    question purpose casual short | What is {f} good for, going by its code?
    question location formal medium | In which file is {f} defined, and what happens there?
    question location terse short | Where can I find {f}
    imperative location casual short | Point me to {f} and tell me what it does.
    question location neutral long | Which file and which lines hold the code of {f}, and how does it proceed?
    question concept neutral medium | What is {f}, what does it take and what does it give back?
    question concept casual short | What exactly do people mean by {f}?
    imperative concept formal medium | Define {f}: its inputs, its meaning and its outcome.
    question concept terse short | What does {f} stand for
    input result question concept formal long | Which role does {f} play, judging by its inputs and its results?
    input imperative data neutral medium | Trace how {f} handles the data it is given.
    result imperative result terse short | Explain how {f} arrives at its outcome
    imperative how neutral short | Explain the implementation of {f}.
    steps imperative walkthrough neutral medium | Walk through the code of {f} one step at a time.
    branches result imperative conditions formal medium | Describe the control flow of {f}: its conditions, its results.
    imperative how terse short | Summarise how {f} works
    imperative where neutral medium | Show me where {f} is and explain its logic.
    steps imperative walkthrough neutral medium | List the operations {f} performs, in sequence.
    steps imperative how formal long | For the code review, say what {f} does and how each part contributes.
    imperative purpose casual medium | Tell me what {f} is supposed to do and how it gets there.
    steps imperative how casual short | Break down {f} for me.
    named question how casual medium | How does the code {did}? I mean {f}.
    task question where neutral long | Where is “{doc}” implemented, and how does {f} go about it?
    task question how casual long | “{doc}”: how does {f} make that happen?
    behaviour question how formal long | {f} is documented with “{doc}”; how does the code achieve this?
    task imperative how neutral long | Explain how the task “{doc}” is carried out by {f}.
    behaviour imperative where terse long | Find the code documented as “{doc}” ({f}) and explain it
    steps named question how neutral long | To {did}, which steps does {f} take?
    named question result casual long | Suppose somebody has to {did}: how does {f} go about it?
    steps named imperative how formal long | Explain which steps {f} takes in order to {did}.
    """
)
