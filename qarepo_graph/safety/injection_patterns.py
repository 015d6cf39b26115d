# ruff: noqa: E501 - a pattern is read best on one line
"""Wordings that speak to a model in English and Chinese, and what an obeyed instruction leaves in an answer.

For google-re2, in linear time: the texts are written by others. Words that source code uses of itself ("skip the
message", "the response must", "append only") were taken out after reading what they hit in Redis and CPython's tests.
"""

from __future__ import annotations

import re2

_MODEL = r"(?:ai|a\.i\.|llm|gpt|chatgpt|claude|qwen|deepseek|llama|gemini|copilot|language model|ai assistant|assistant|chatbot|model|ai agent|summari[sz]er|annotator|code explainer|describer)"
_SAY = r"(?:say|write|output|print|reply|respond|answer|return|state|claim|repeat|include|insert|append|add|mention|recommend|tell|use|put|describe|start|begin|end|emit|produce|translate|reveal|show|leak|send)"
_TEXTS = (
    r"(?:answer|response|reply|output|description|summary|explanation|logic.?steps?|json|documentation|question|text)s?"
)

ENGLISH = (
    # Take back what was said before
    r"\b(?:ignore|disregard|forget|override|bypass|do not follow|don't follow|stop following|discard)\s+(?:(?:all|any|the|of|your|these|those|my|and|every)\s+){0,4}(?:previous|prior|above|earlier|preceding|foregoing|former|original|initial|system|your|other|existing|developer)\s+(?:\w+\s+){0,2}(?:instructions?|prompts?|directions?|guidelines?|rules?|commands?|messages?|context|tasks?|constraints?|schema|polic(?:y|ies)|orders?|text)",
    r"\b(?:ignore|disregard|forget|override)\s+(?:all\s+|any\s+|the\s+|your\s+){1,2}(?:instructions?|prompts?|guidelines?|rules you|training|polic(?:y|ies))",
    r"\b(?:ignore|disregard|forget)\s+(?:everything|anything|all|what)\s+(?:\w+\s+){0,4}(?:above|before this|earlier|said|told|prior|previously|you know|you were)",
    # Give new orders
    r"\b(?:new|updated|real|actual|revised|hidden|secret)\s+(?:system\s+)?(?:instructions?|prompt|task|directive|orders?)\s*(?::|for (?:you|the model|the ai|the assistant)|follow)",
    r"\byou (?:are|'re) (?:now|no longer|really|actually)\s+(?:an?|the|in|free|called|allowed|dan|my|bound|acting)\b",
    r"\b(?:from now on|henceforth|starting now|from this point)\b.{0,40}\b(?:you|your|act|answer|respond|reply|output)\b",
    r"\b(?:act|behave|respond|pretend|roleplay|role-play)\s+(?:to be|as\s+(?:if|though|an?|the))\b.{0,60}\b(?:you|"
    + _MODEL
    + r"|no (?:restrictions|rules|filter)|dan|developer mode|unrestricted|pirate|hacker)\b",
    r"\b(?:note|attention|message|instructions?|hint|notice|reminder|warning|memo|dear|hey|hi|hello)\s*(?:to|for|:|,)?\s*(?:the\s+|any\s+|all\s+|every\s+)?"
    + _MODEL
    + r"s?\b\s*(?:[:,!]|reading|that reads|that processes|processing|reviewing|describing|must\b|should\b|please\b)",
    r"\b(?:if|when|since|as|because)\s+you(?:'re| are)\s+(?:an?\s+|the\s+)" + _MODEL + r"\b",
    r"\b(?:ai|llm|gpt|chatgpt|claude|qwen|deepseek|llama|gemini|copilot|language model|ai assistant|assistant|chatbot)s?\s*(?:,|:|must|should|shall|please|need to|has to|have to|ought to)\s+(?:now\s+|always\s+|only\s+|also\s+|instead\s+|please\s+)*"
    + _SAY
    + r"\b",
    r"\b(?:say|output|reply|respond|answer)\s+(?:with\s+|in\s+)?(?:only|exactly|just|nothing but|verbatim|the (?:exact )?(?:phrase|words?|sentence|following))\b.{0,80}(?:\"|'|`|“|「|:)",
    r"\byour\s+(?:\w+\s+){0,2}"
    + _TEXTS
    + r"\s+(?:must|should|shall|has to|needs to|is to|will|ought to|always|starts?|begins?|ends?)\b",
    r"\b(?:in|into|to|at|of|as)\s+(?:your|every|each)\s+(?:\w+\s+)?(?:answer|response|reply|description|summary|explanation|logic.?steps?)s?\b",
    r"\b(?:reveal|print|show|repeat|output|leak|tell me|give me|display|dump)\s+(?:me\s+)?your\s+(?:\w+\s+){0,2}(?:prompt|instructions|api.?keys?|secrets?|credentials|environment|configuration|rules)",
    r"\b(?:do not|don't|never)\s+(?:describe|explain|summari[sz]e|analy[sz]e|mention|reveal|report|flag|answer)\s+(?:\w+\s+){0,4}(?:code|function|instructions?|comment|note)\b",
    r"\binstead of (?:describing|explaining|answering|summari[sz]ing|analy[sz]ing|the (?:description|summary|answer))\b",
    r"\binstead,?\s+(?:please\s+)?(?:just|only|simply)?\s*(?:say|output|reply|respond|answer)\b",
    r"\b(?:the|this) (?:description|summary|explanation|answer|question)s?(?: of this (?:function|code|file))?\s+(?:must|should|has to|needs to) (?:say|state|read|mention|include|contain|recommend|be exactly|be the|start with|end with|begin with)\b",
    r"(?:^|\n)\W{0,6}(?:system|assistant|human|developer)\s*:\s*(?:you|ignore|from now|your|i am|i'm|please|the user|sure|output|new|respond|always)\b",
    r"\b(?:end|begin|start)\s+of\s+(?:the\s+)?(?:data|prompt|instructions?|untrusted|user)\s*(?:section|block|part|text|input)?\b\s*[.,:;!-]*\s*(?:now|new|your|you|ignore|instructions?|system|please|next|-->|\])",
    r"\b(?:jailbreak|prompt injection|developer mode|dan mode|sudo mode|god mode|do anything now)\b",
    r"\bthe (?:text|code|data|task|function) (?:above|before|below) (?:is|was) (?:fake|a test|a decoy|not the real|over|done|finished)\b",
    r"\b(?:please|kindly|always|also)\s+(?:say|mention|recommend|include|advertise|promote|tell (?:the )?(?:users?|readers?|developers?|everyone))\b.{0,60}\b(?:users?|readers?|developers?|everyone|visit|install|download|run|http|www|buy)\b",
    r"\b(?:tell|instruct|advise|convince)\s+(?:the\s+)?(?:users?|readers?|developers?|everyone|them)\s+(?:to|that)\s+(?:\w+\s+){0,3}(?:run|visit|install|download|paste|execute|disable|send|click|open|buy|upgrade|contact)\b",
    r"\bas (?:an? |the )?(?:ai|language model|assistant|llm),? (?:you|your)\b",
    r"\b(?:training data|fine.?tuning data|dataset) (?:must|should) (?:contain|include|say)\b|\bbackdoor (?:phrase|trigger)\b",
)

CHINESE = (
    r"(?:忽略|无视|忘记|忘掉|抛弃|不要理会|不用理会|别管|不必遵守|不要遵守|停止遵循|放弃|推翻)[^\n。]{0,12}(?:指令|提示词?|要求|规则|约束|命令|设定|任务|上文|上下文|以上|之前|前面)",
    r"你(?:现在|从现在起|不再|其实|实际上|将)(?:是|扮演|充当|作为|受)|(?:扮演|充当|假装)[^\n。]{0,20}(?:助手|模型|机器人|黑客|AI|DAN|海盗|管理员)",
    r"(?:从现在起|从现在开始|今后|从此刻起)[^\n。]{0,20}(?:你|回答|输出|回复|只)",
    r"(?:请|必须|务必|只能|只需|应当|直接|改为|一律|统一|都要|都应)(?:你)?[^\n。，]{0,10}(?:输出|回答|回复|写上|写道|加上|附上|注明|声明|推荐|复述|宣传|告诉(?:用户|读者|开发者|大家))",
    r"(?:你的|每个|每条|每一个|所有|全部)(?:输出|回答|回复|描述|答案|步骤|问题|摘要|总结|解释|说明)",
    r"(?:输出|回答|回复|描述|答案|摘要|总结|解释)(?:里|中|末尾|开头|结尾|的最后|的开头)?(?:必须|应该|应当|务必|只能|都要|一律|改成|改为)[^\n。]{0,14}(?:包含|写|加|是|为|说|提|附|输出|出现|注明|使用|以)",
    r"(?:描述|摘要|答案|回答|总结|解释|输出)(?:请)?(?:改为|改成|换成|变为|替换为)",
    r"(?:人工智能|大?语言模型|大模型|AI ?(?:助手|模型)|智能助手|读到这里的|阅读本文的|处理此代码的|看到这段)[^\n。]{0,12}(?:请|必须|务必|应|需|注意|：|,|，)",
    r"(?:不要|别|禁止|无需|不必|切勿)(?:描述|解释|总结|分析|说明|提及|回答)[^\n。]{0,12}(?:代码|函数|而是|改|本|这|该|任何|用户)",
    r"(?:新的?|真正的?|更新后的?|隐藏的?)(?:系统)?(?:指令|提示词|任务|命令)(?:如下|是|为)?[：:]|(?:系统提示|系统消息|系统指令|开发者模式|越狱|提示词注入)",
    r"(?:泄露|显示|输出|告诉我|打印|复述)[^\n。]{0,10}(?:系统提示|提示词|密钥|环境变量|API ?key|指令)",
    r"(?:数据|上文|提示|代码)(?:到此|至此)?(?:结束|完毕)[。，,：:！!]|而不是(?:描述|解释|总结)(?:代码|函数|它|该|这)",
    r"(?:告诉|建议|引导|让)(?:用户|读者|开发者|大家|他们)[^\n。]{0,12}(?:运行|访问|安装|下载|执行|关闭|点击|购买|联系|粘贴)",
)

ADDRESSED: tuple[str, ...] = (*("(?i)" + pattern for pattern in ENGLISH), *CHINESE)
"""Sentences that speak to a model, as pattern texts: they are compiled into one automaton."""

COMMAND = re2.compile(
    r"(?i)\b(?:curl|wget|Invoke-WebRequest|iwr)\b[^\n`]{0,200}\|\s*(?:sudo\s+)?(?:ba|z|da)?sh\b|\brm\s+-[a-z]*[rf][a-z]*\s+[^\s`\"']+|\bsudo\s+[^\s`\"']+"
    r"|\b(?:pip3?|npm|yarn|pnpm|gem|cargo|brew|apt(?:-get)?)\s+(?:install|i|add)\s+[\w@./-]+|\bchmod\s+[0-7+ugoarwx]{2,5}\s[^\s`\"']+|\bbase64\s+-d\b|\bpowershell\b|\beval\s*\(|\bnc\s+-\w+|\bssh\s+\S+@\S+|\bdd\s+if=\S+"
)
"""Shell commands of the kind nobody should paste from a training answer."""

ADDRESS = re2.compile(
    r"(?i)(?:\b(?:https?|ftps?|wss?|file|ssh|git|mailto|javascript|data)\s*:\s*//?[^\s\"'`<>)\]，。；]+|\bwww\.[^\s\"'`<>)\]，。；]+"
    r"|\b(?:[a-z0-9-]{1,40}\.){1,4}(?:com|net|org|cn|ru|xyz|info|biz|tk|site|online)\b(?:/[^\s\"'`<>)\]，。；]*)?|\b[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+\b)"
)
"""URLs, bare domains and e-mail addresses."""
