"""The verbs functions are named with, and the nouns behind them, English to Chinese."""

from __future__ import annotations

from qarepo_graph.schema import Language


def _table(text: str) -> dict[str, str]:
    pairs = (entry.split("=", 1) for entry in text.replace("\n", " ").split() if entry)
    return dict(pair for pair in pairs)


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


ARTICLES = _set("a an the this all each every its some any two several")
"""A documentation's second word that tells its first one to be a verb (``Surround a grid``)."""

PREPOSITIONS = _set("to of for by in with from at as if and or on per without")
"""Words that join the parts of a name."""

ENDS = _set("start end")
PLACES = _set(
    "pos position index offset line column col time date day tag node point token mark state char byte key row page of"
)
"""Words before which ``start`` and ``end`` are no verbs: ``endPos`` ends nothing."""

LINKS = _set("as by for of if or and with on")
"""Words that, right behind the verb, leave it without an object: ``getAsText``, ``find_by_id``."""

NO_ARTICLE = _set(
    "all any each every new old empty valid full active available early stopping and or by from with of for in at as "
    "if not without per null id"
)
"""Words that keep the article away from the words behind a verb: ``load all files``."""

EVERYDAY_CALLS = _set("super isinstance len str int bool list dict set tuple range enumerate zip getattr hasattr type")
"""Calls that say nothing of what a Python function does."""

OPENERS = _set(
    "whether everything anything only when if base twice all half like as for in on at with from into after before one "
    "both what how where which why under the an of to by not same true false here there per during inside now"
)
"""First words that are no verbs although an article may follow."""

VERBS: dict[str, str] = _table("""
    abort=中止 accept=接受 access=访问 accumulate=累积 acquire=获取 activate=激活 adapt=适配 add=添加 adjust=调整
    advance=推进 aggregate=聚合 align=对齐 allocate=分配 allow=允许 analyze=分析 append=追加 apply=应用 assert=断言
    assign=分配 attach=附加 augment=增强 authenticate=认证 authorize=授权 await=等待 backup=备份 balance=平衡
    begin=开始 bind=绑定 block=阻塞 build=构建 cache=缓存 calculate=计算 call=调用 cancel=取消 capture=捕获 change=更改
    check=检查 choose=选择 clamp=截断 clean=清理 cleanup=清理 clear=清空 clip=裁剪 clone=克隆 close=关闭
    collect=收集 combine=合并 commit=提交 compare=比较 compile=编译 complete=完成 compose=组合 compress=压缩
    compute=计算 concat=拼接 concatenate=拼接 configure=配置 connect=连接 construct=构造 consume=消费 contain=包含
    contains=判断是否包含 convert=转换 copy=复制 count=统计 create=创建 crop=裁剪 cut=切分 deactivate=停用 debug=调试
    decode=解码 decompress=解压 decrease=减少 decrement=递减 decrypt=解密 define=定义 delay=延迟 delete=删除
    deploy=部署 dequeue=出队 describe=描述 deserialize=反序列化 destroy=销毁 detach=分离 detect=检测 determine=确定
    disable=禁用 disconnect=断开连接 discover=发现 dispatch=分发 display=显示 divide=划分 do=执行 download=下载
    draw=绘制 drop=丢弃 dump=转储 emit=发出 enable=启用 encode=编码 encrypt=加密 end=结束 enqueue=入队 ensure=确保
    enter=进入 enumerate=枚举 erase=擦除 escape=转义 estimate=估计 evaluate=评估 examine=检查 execute=执行 exit=退出
    expand=展开 export=导出 extend=扩展 extract=提取 fail=报告失败 fetch=获取 fill=填充 filter=过滤 finalize=收尾
    find=查找 finish=完成 fit=拟合 fix=修复 flatten=展平 flip=翻转 flush=刷新 fold=折叠 follow=跟随 forward=前向计算
    format=格式化 free=释放 freeze=冻结 gather=汇集 generate=生成 get=获取 give=给出 group=分组 grow=增长 guess=猜测
    handle=处理 has=判断是否具有 hash=计算哈希 have=拥有 hide=隐藏 identify=识别 ignore=忽略 import=导入 include=包含
    increase=增加 increment=递增 indent=缩进 index=索引 infer=推断 init=初始化 initialize=初始化 inject=注入 insert=插入
    inspect=检查 install=安装 interpolate=插值 intersect=求交 intersects=判断是否相交 invalidate=使之失效 invert=反转
    invoke=调用 is=判断是否 iter=迭代 iterate=迭代 join=连接 keep=保留 launch=启动 leave=离开 link=链接 list=列出
    listen=监听 load=加载 lock=加锁 log=记录 lookup=查找 make=生成 map=映射 mark=标记 match=匹配 measure=测量
    merge=合并 migrate=迁移 mix=混合 modify=修改 monitor=监控 move=移动 multiply=相乘 negate=取反 normalise=归一化
    normalize=归一化 notify=通知 obtain=获取 offer=提供 open=打开 optimize=优化 order=排序 pack=打包 pad=填充
    parse=解析 partition=划分 patch=修补 pause=暂停 peek=查看 perform=执行 persist=持久化 pick=选取 plot=绘制
    poll=轮询 pop=弹出 populate=填充 post=提交 predict=预测 prepare=准备 prepend=前置添加 preprocess=预处理 print=打印
    process=处理 produce=产生 project=投影 provide=提供 publish=发布 pull=拉取 purge=清除 push=压入 put=放入
    query=查询 quote=加引号 raise=抛出 rank=排序 read=读取 rebuild=重建 receive=接收 record=记录 reduce=归约
    refresh=刷新 register=注册 reject=拒绝 release=释放 reload=重新加载 remove=移除 rename=重命名 render=渲染
    reorder=重新排序 repair=修复 repeat=重复 replace=替换 report=报告 request=请求 require=要求 reserve=预留 reset=重置
    resize=调整大小 resolve=解析 restore=恢复 restrict=限制 resume=恢复 retain=保留 retrieve=获取 retry=重试
    return=返回 reverse=反转 rotate=旋转 round=取整 run=运行 sample=采样 save=保存 scale=缩放 scan=扫描
    schedule=调度 score=评分 search=搜索 seed=播种 select=选择 send=发送 serialize=序列化 set=设置 setup=设置
    shift=平移 show=显示 shuffle=打乱 shutdown=关闭 simplify=化简 skip=跳过 sleep=休眠 slice=切片 solve=求解
    sort=排序 split=拆分 start=启动 step=推进一步 stop=停止 store=存储 strip=去除 submit=提交 subscribe=订阅
    subtract=相减 sum=求和 summarize=汇总 supply=提供 suspend=挂起 swap=交换 sync=同步 synchronize=同步 take=取出
    test=测试 throw=抛出 to=转换为 toggle=切换 tokenize=分词 touch=更新 trace=跟踪 track=跟踪 train=训练
    transfer=转移 transform=变换 translate=平移 transpose=转置 traverse=遍历 trigger=触发 trim=修剪 truncate=截断
    try=尝试 undo=撤销 unescape=反转义 unlock=解锁 unpack=解包 unregister=注销 unsubscribe=取消订阅 unwrap=解包
    update=更新 upgrade=升级 upload=上传 use=使用 validate=校验 verify=验证 visit=访问 wait=等待 walk=遍历
    warm=预热 warn=警告 watch=监视 weigh=加权 wrap=包装 write=写入 yield=产出 zero=清零 zip=压缩
""")
"""Base form to Chinese. About the verbs that most methods of large code bases start with."""

NOUNS: dict[str, str] = _table("""
    account=账户 address=地址 alias=别名 all=全部 amount=数量 angle=角度 answer=回答 api=API area=面积 argument=参数
    array=数组 attribute=属性 average=平均值 background=背景 backup=备份 base=基础 batch=批次 best=最佳 block=块
    body=主体 bound=边界 bounds=边界 box=框 branch=分支 bucket=桶 buffer=缓冲区 byte=字节 cache=缓存 callback=回调
    category=类别 cell=单元格 center=中心 centroid=质心 channel=通道 char=字符 character=字符 checkpoint=检查点
    child=子节点 chunk=分块 class=类 client=客户端 clock=时钟 code=代码 color=颜色 column=列 command=命令 comment=注释
    condition=条件 config=配置 configuration=配置 connection=连接 console=控制台 content=内容 context=上下文
    control=控制 cookie=Cookie coordinate=坐标 cost=成本 count=数量 criterion=准则 current=当前 cursor=游标 curve=曲线
    customer=客户 data=数据 database=数据库 dataset=数据集 date=日期 default=默认值 delay=延迟 delta=增量 depth=深度
    device=设备 dictionary=字典 difference=差异 digest=摘要 dimension=维度 directory=目录 distance=距离
    document=文档 edge=边 element=元素 encoding=编码 end=末尾 entry=条目 environment=环境 epoch=轮次 error=错误
    event=事件 example=示例 exception=异常 expression=表达式 extension=扩展名 feature=特征 field=字段 file=文件
    filename=文件名 filter=过滤器 first=第一个 flag=标志 folder=文件夹 form=表单 format=格式 frame=帧 function=函数
    gradient=梯度 graph=图 grid=网格 group=组 handler=处理器 hash=哈希 head=头部 header=头 headers=头 height=高度
    history=历史 host=主机 html=HTML id=ID image=图像 index=索引 info=信息 input=输入 instance=实例 interval=区间
    inventory=库存 item=项 iterator=迭代器 job=作业 key=键 keyword=关键字 kind=种类 label=标签 language=语言
    last=最后一个 layer=层 layout=布局 leaf=叶子 learning=学习 length=长度 level=级别 limit=上限 line=行 link=链接
    list=列表 listener=监听器 local=本地 location=位置 lock=锁 log=日志 logger=日志器 loss=损失 map=映射 margin=边距
    mask=掩码 match=匹配项 matrix=矩阵 max=最大值 maximum=最大值 mean=均值 member=成员 memory=内存 mesh=网格
    message=消息 metadata=元数据 method=方法 metric=指标 min=最小值 minimum=最小值 mode=模式 model=模型 module=模块
    momentum=动量 money=金额 name=名称 network=网络 next=下一个 node=节点 noise=噪声 norm=范数 notification=通知
    null=空值 number=数字 object=对象 offset=偏移量 operation=操作 optimizer=优化器 option=选项 options=选项 order=订单
    output=输出 overlap=重叠 owner=所有者 package=包 padding=填充 page=页面 pair=对 panel=面板 parameter=参数
    parent=父节点 parser=解析器 part=部分 partition=分区 password=密码 patch=补丁 path=路径 pattern=模式
    patience=耐心值 payment=支付 percentile=百分位 perimeter=周长 permission=权限 pixel=像素 plan=计划 point=点
    pointer=指针 policy=策略 polygon=多边形 pool=池 port=端口 position=位置 prediction=预测 prefix=前缀 previous=上一个
    price=价格 priority=优先级 probability=概率 process=进程 product=商品 profile=配置 progress=进度 project=项目
    property=属性 protocol=协议 provider=提供者 proxy=代理 quantity=数量 query=查询 queue=队列 radius=半径
    random=随机 range=范围 rate=比率 ratio=比例 reader=读取器 reason=原因 record=记录 rectangle=矩形 reference=引用
    region=区域 report=报告 repository=仓库 request=请求 reservation=预留 resource=资源 response=响应 result=结果
    retry=重试 role=角色 root=根 route=路由 row=行 rule=规则 sample=样本 scale=尺度 schedule=调度 scheduler=调度器
    schema=模式 scope=作用域 score=得分 seed=种子 segment=线段 segmentation=分割 sequence=序列 server=服务器
    service=服务 session=会话 set=集合 setting=设置 settings=设置 shape=形状 signal=信号 signature=签名 size=大小
    slot=槽位 snapshot=快照 socket=套接字 sort=排序 source=源 span=片段 spec=规格 split=划分 stack=栈 start=起点
    state=状态 statement=语句 statistics=统计量 status=状态 step=步 stock=库存 storage=存储 store=存储 stream=流
    string=字符串 style=样式 suffix=后缀 sum=总和 supplier=供应商 symbol=符号 table=表格 tag=标签 target=目标
    task=任务 template=模板 term=项 test=测试 text=文本 thread=线程 threshold=阈值 tile=瓦片 time=时间 timeout=超时
    timestamp=时间戳 title=标题 token=标记 total=总计 trace=跟踪信息 training=训练 transaction=事务
    transform=变换 tree=树 triangle=三角形 type=类型 unit=单位 update=更新 url=URL user=用户 username=用户名
    utility=工具 validation=校验 value=值 variable=变量 vector=向量 version=版本 vertex=顶点 vertices=顶点 view=视图
    warehouse=仓库 warning=警告 weight=权重 weights=权重 width=宽度 window=窗口 word=词 worker=工作进程 workflow=工作流
    writer=写入器 year=年份 zone=区域 and=与 or=或 by=按 from=来自 with=带 of=的 for=用于 in=中的 at=处的 as=作为
    if=若 not=非 without=不带 per=每 new=新 old=旧 empty=为空 valid=有效 full=已满 active=活动 available=可用
    early=提前 stopping=停止
""")
"""Words behind the verb. Prepositions are read word by word, which Chinese bears in short names."""


def _both(english: str, chinese: str) -> dict[Language, str]:
    return {"en": english, "zh": chinese}


PROTOCOL_METHODS: dict[str, dict[Language, str]] = {
    "__new__": _both("creates a new instance before it is initialised", "在初始化之前创建新实例"),
    "__del__": _both("runs when an instance is about to be destroyed", "在实例即将销毁时运行"),
    "__repr__": _both("gives the text that represents an instance", "给出表示实例的文本"),
    "__str__": _both("gives an instance as text", "把实例转换为文本"),
    "__format__": _both("formats an instance as text", "把实例格式化为文本"),
    "__bytes__": _both("gives an instance as bytes", "把实例转换为字节"),
    "__hash__": _both("computes the hash of an instance", "计算实例的哈希值"),
    "__bool__": _both("tells whether an instance counts as true", "判断实例是否视为真"),
    "__len__": _both("gives the length of an instance", "给出实例的长度"),
    "__iter__": _both("gives an iterator over an instance", "给出遍历实例的迭代器"),
    "__next__": _both("gives the next item of the iteration", "给出迭代中的下一个元素"),
    "__reversed__": _both("iterates in reverse order", "按逆序迭代"),
    "__contains__": _both("answers the membership test with in", "响应 in 成员测试"),
    "__getitem__": _both("answers indexing with square brackets", "响应方括号索引取值"),
    "__setitem__": _both("answers assignment to an index", "响应按索引赋值"),
    "__delitem__": _both("answers deletion of an index", "响应按索引删除"),
    "__getattr__": _both("answers access to attributes that are not found otherwise", "响应对未找到属性的访问"),
    "__getattribute__": _both("answers every attribute access", "响应每一次属性访问"),
    "__setattr__": _both("answers assignment to attributes", "响应属性赋值"),
    "__delattr__": _both("answers deletion of attributes", "响应属性删除"),
    "__call__": _both("runs when an instance is called like a function", "在像函数一样调用实例时运行"),
    "__enter__": _both("runs when a with block is entered", "在进入 with 块时运行"),
    "__exit__": _both("runs when a with block is left", "在离开 with 块时运行"),
    "__aenter__": _both("runs when an async with block is entered", "在进入 async with 块时运行"),
    "__aexit__": _both("runs when an async with block is left", "在离开 async with 块时运行"),
    "__eq__": _both("tells whether two objects are equal", "判断两个对象是否相等"),
    "__ne__": _both("tells whether two objects are unequal", "判断两个对象是否不等"),
    "__lt__": _both("tells whether an instance is less than another object", "判断实例是否小于另一个对象"),
    "__le__": _both("tells whether an instance is at most another object", "判断实例是否小于或等于另一个对象"),
    "__gt__": _both("tells whether an instance is greater than another object", "判断实例是否大于另一个对象"),
    "__ge__": _both("tells whether an instance is at least another object", "判断实例是否大于或等于另一个对象"),
    "__add__": _both("answers the operator +", "响应运算符 +"),
    "__sub__": _both("answers the operator -", "响应运算符 -"),
    "__mul__": _both("answers the operator *", "响应运算符 *"),
    "__truediv__": _both("answers the operator /", "响应运算符 /"),
    "__or__": _both("answers the operator |", "响应运算符 |"),
    "__and__": _both("answers the operator &", "响应运算符 &"),
    "__invert__": _both("answers the operator ~", "响应运算符 ~"),
    "__neg__": _both("answers the unary minus", "响应一元负号"),
    "__post_init__": _both("runs after the generated constructor", "在自动生成的构造函数之后运行"),
    "__getstate__": _both("gives the state to be pickled", "给出要序列化的状态"),
    "__setstate__": _both("restores the state from a pickle", "从序列化数据恢复状态"),
    "__reduce__": _both("tells how an instance is pickled", "说明实例如何被序列化"),
    "__init_subclass__": _both("runs when a subclass is defined", "在定义子类时运行"),
    "__set_name__": _both("runs when the object is assigned to a class attribute", "在对象被赋给类属性时运行"),
}
"""What Python itself says its special methods are for."""
