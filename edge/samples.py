"""Requests for the test vectors: values that are hard to parse, and hostile requests."""

from typing import Final


def _split(text: str) -> list[str]:
    """Return the words of a text."""
    return text.split()


NUMBERS: Final = _split("""
0 1 2 8 9 100 101 8192 8193 01 007 +5 -5 1.0 1. .5 0.5 0.30000001 0.00004 0.00005 1.4 1.5 1.00004
2.5 0.005 359.94 359.95 -359.95 -0 -360 360 360.04 361 1e3 0x10 1_000 5%20 %205 5%0A 5%00 1,5
999999999999 9999999999999 0.123456789 0.1234567891 %D9%A3 16:9 16: :9 16:0 1:1000 1:1001 0:1
1:2:3 253402300799 253402300800
""")
WORDS: Final = _split("""
clip CLIP crop true false True focalpoint top,left left,top top_left top,,left top, constructor
faces faces,top top_faces edges,faces,focalpoint Faces json blurhash
center toString __proto__ hasOwnProperty NaN undefined null auto auto-good auto-eco auto-avif
jpeg pjpg png32 png jpg 444 h hv vh format compress,format format,nothing pivot 90 180 270 45
a.b_c-d a~b
""")
FRAMES: Final = _split("2 2-9 2- -9 9-2 - 02 2-09 0 1-2-3 10000 9999 2_9 --2")
COLOURS: Final = _split("""
red grey slategrey lightgoldenrodyellow rebeccapurple Red transparent fff f0f FFFF 0fff 80ff0000
ff000000 %23abc %23%23abc abcde abcdefg abcdef12 00000000 %23 tomato%0A fff%0A NaN constructor :
red,blue
""")
LISTS: Final = _split("""
red,blue red_blue fff,80ff0000 %23abc,%23def f00, ,f00 , _ f00,f00,f00 red%2Cblue red,red
constructor,red red,nothing 5 5,5,5,5 5,5,5,6 05_5_5_5 0 0,0,0,0 5,5 5,5,5 5,5,5,5,5 5,,5,5
8193,1,1,1
12,gold 12_80ffffff 101,red 0,red red,12 12,12 1.5,red 1.4,1.4,1,1 -1,1,1,1 8192
""")
REGIONS: Final = _split("""
0,0,10,10 left,top,full,full right,bottom,0.5,0.25 center,middle,100,1.0 end,end,1,1 0,0,right,1
center,center,1,1 0.0,0.00001,1,1 1.0,1000000,1000000,0.0001 1000001,0,1,1 0,0,0,1 0,0,1
0,0,1,1,1 top,left,1,1 ,,, 0_0_10_10 0,0_10,10 full,0,1,1 0%2C0%2C1%2C1 0,0,0.0,1
constructor,0,1,1 __proto__,0,1,1
""")
TEXTS: Final = [
    "",
    *_split("""
    cat.jpg a+b a%2Bb %C3%BC.jpg u%CC%88.jpg %F0%9F%90%88 %ED%A0%80 %C0%AF %E2%82 % %2 %zz a%0Ab
    %C2%85 %7F a/b?c '%22 %3F%3E%7E%7F ~~~? NaN undefined
    """),
    *("x" * 200, "x" * 201, "%C3%BC" * 100, "%C3%BC" * 101, "x" * 64, "x" * 65),
]
BASE64URL: Final = _split("""
Y2F0 Y2F Y2E= Y2E== Y2E Y NDAw NDAwLjU w7w 8J-QiA 8J+QiA 8J%2BQiA _w ____ -_ Y2E%3D YR A ===
Y2%20F0 Y2F0%0A w*
""")

COMBINED: Final = [
    "",
    *_split("""
    w=640&h=480&fit=crop&auto=format h=480&auto=format&fit=crop&w=640 width=1&w=2 w=1&width=2
    w=1&width=2&w=3 w=x&w=3 w=3&w=x w=400&w64=NTAw w64=NTAw&w=400 w=0&h=0&q=x q=x&h=0 expires=x&w=0
    expires=1&w=0 expires=1 expires=1799999999 expires=1800000000 expires=1800000001 expires64=MQ
    dpr=1 dpr=1.0&w=5 fit=clip crop=left,top&fit=crop crop=top,left,top&fit=crop auto=compress
    auto=compress&fm=webp auto=format&fm=webp auto=format,compress&q=80 fm=auto-avif&w=5 pad=0
    rot=360 rot=-90 orient=0 orient=1 v=2024 dl= dl dl=%C3%BC+b.jpg bg=ffffffff bg64=cmVk
    bg64=I2ZmZg w=640&utm_source=x&ixlib=python-4.0.0 %77=640 w=%36%34%30 W=640 w%20=640 +w=640
    pad-top=5&pad=3 fp-x=0.50&fp-y=.5&fp-z=1.0 q=auto-good q=auto enlarge=1 ar=16:9&w=100
    ar=1.7777777&w=100 ar=16:9&ar=4:3 rect=0,0,full,full&w=0.50
    fm=json fm=json&w=5&fit=crop&v=1 fm=blurhash&auto=format&q=5&dl=a fm=thumbhash&fm=png&w=5
    w=5&fm=json&colors=3&prefix=a palette=css&fm=png&w=5&colors=3&prefix=a.b&v=1&dl=
    palette=json&auto=format&colors=6&prefix=image palette=json&fm=json&expires=1800000001
    colors=3&w=5 fm=json&w=x palette=json&expires=1
    """),
]
HINTED_VALUES: Final = _split("""
fit=cover fit=Crop f=contain fit64=Y292ZXI crop=center crop=Faces bg=transparent flip=Horizontal
fm=auto fm=WEBP q=best auto=webp fit=facearea fit=%FF fit=constructor w=5&q=&crop= w=&w=5 w=5&w=
preset= w=5&rect w=9000 w=8193 h=999999999999 w=9999999999999 min-w=9000 pad=9000
rect=0,0,9000,9000
""")
"""Values of other services, values that are too large, and names without one."""

WITHOUT_EFFECT: Final = _split("""
w=100&fp-x=0.5 w=100&pad-left=0 w=100&rot-type=pivot w=100&colors=3 w=100&prefix=x crop=left
w=100&chromasub=444&fm=png w=100&lossless=true&fm=jpg w=100&q=5&fm=gif dpr=2 dpr=2&pad-top=1
ar=2 ar=2&fit=crop ar=2&fit=crop&w=5&h=5 fit=crop fit=crop&w=5 fit=crop&w=5&max-h=5 fit=scale
fit=max&w=5 fit=max&w=5&enlarge=true fit=scale&w=5&enlarge=true fit=min&w=5&h=5&enlarge=true
fit=min&w=5&min-h=5&enlarge=true enlarge=true crop=left&w=5&h=5 crop=left&w=5&h=5&fit=crop
fp-x=0.5&fp-y=0.5&fit=crop&crop=focalpoint&w=5&h=5 fp-y=0.5&fit=crop&crop=focalpoint&w=5&h=5
fp-z=2&fit=crop&crop=top&w=5&h=5 fp-z=2&fit=crop&crop=faces,top&w=5&h=5 rot-type=pivot&rot=90
rot-type=pivot&rot=45 pad=5&pad-left=5 pad=5&pad-left=6 pad-left=0&pad=5
pad=5&pad-left=1&pad-right=1&pad-top=1&pad-bottom=1
pad=5&pad-left=5&pad-right=5&pad-top=5&pad-bottom=5
palette=css&prefix=a palette=json&prefix=a palette=css&fm=webp&w=5&auto=format fm=json&palette=css
fm=json&bg=red&rot=45 fm=webp&auto=format
""")
"""Queries with parameters that have no effect."""

HOSTILE: Final = [
    "txt=two%0Alines&w=5",
    "txt64=dHdvCmxpbmVz",
    "txt=two%0D%0Alines",
    "txt=%00",
    "dl=two%0Alines",
    "txt=&txt-size=20&w=5",
    "t=a&tf=bold,serif&txt-clr=red&tp=3&txt-fit=max",
    *_split("""
    constructor=1 __proto__=1 hasOwnProperty=1 toString=1 valueOf=1 prototype=1 __proto__[w]=1
    constructor64=MQ __proto__64=MQ fit=constructor fit=__proto__ orient=constructor
    orient=__proto__ lossless=hasOwnProperty q=valueOf q=NaN v=NaN w=NaN w=Infinity v=undefined
    w=01 w=+5 w=%2B5 w=1.0 w=%zz %zz=5 %zz&w=5 w=5&%C0%AF=1 %ED%A0%80=1 w=1&w=2 = =5 & && ? w w=
    w==5 w=5= &w=5& w=5&&h=6 ?w=5 w=5?h=6 w=5;h=6 w=5,h=6 w[]=5 w%5B%5D=5 w%00=5 w=5%00 w%0A=5
    w64%0A=NQ w=%D9%A5 w=%EF%BC%95 w=5%E2%80%8B 64=5 w6464=NQ 64 r=4 r=4&w=5 s=abc sig sig= sig=.
    sig=k1 sig=k1. sig=.x sig=__proto__.x sig=constructor.x sig=k1.x&sig= preset=thumb preset=
    preset preset=NaN preset=%zz preset=__proto__ preset64=eA
    """),
    "w =640",
    "w=\u0665",
    "w=" + "9" * 400,
    "w=1." + "0" * 400,
    "dl=" + "%41" * 300,
    "&" * 1000,
    "w=5&" * 300,
    "a=" * 900,
    "rect=" + "," * 999,
    "crop=" + "top," * 99,
]
PATHS: Final = [
    "",
    *_split("""
    x / // /a //a /a/ /a//b /. /.. /a/../b /a/./b /a/%2E%2E/b /a/... /%2e /.a /a%2Fb /a%2fb /%2F
    /a+b.jpg /a%2Bb.jpg /a%20b.jpg /%C3%BC.jpg /u%CC%88.jpg /%F0%9F%90%88.jpg /\u00fc.jpg
    /%c3%bc.jpg /%FF.jpg /%ED%A0%80 /%C0%AF /%zz /100% /%2 /%00 /a%0Ab /%7F /%C2%85 /a%5Cb
    /~a!b'c(d)e*f;g /a:@&=$,b /%41%7e%21%27%28%29%2A /constructor /__proto__ /w=5 /r=4 /r=4,w=5
    /%252F /%25zz /a?b /a%3Fb%23c /cats/tom.jpg/ /a=b.jpg /a=3Db /=C3=A9.jpg /a%3Db%2Cc /%2541.jpg
    /..hidden/..b /a%2F%2F%2Fb%2F /~tom/a~b /%C3%A9t%C3%A9%20(1)+2.jpg /%E6%97%A5%E6%9C%AC.jpg
    """),
    "/a b.jpg",
    "/" + "x" * 1024,
    "/" + "x" * 1025,
    "/" + "%C3%BC" * 512,
    "/" + "%C3%BC" * 512 + "x",
    "/" + "x" * 1024 + "/r=4",
    "/" + "x" * 1025 + "/r=4",
    "/" + "%E6%97%A5" * 341 + "x",
    "/" + "=E6=97=A5" * 341 + "x/r=4",
    "/" + "=E6=97=A5" * 341 + "xy/r=4",
    "/" + "(" * 1025,
]
CANONICAL: Final = _split("""
/cats/tom.jpg/r=4 /cats/tom.jpg/r=4,w=640 /cats/tom.jpg/w=640,r=4 /cats/tom.jpg/r=7,w=0640
/cats/tom.jpg/fm=auto-avif,r=4,w=640 /cats/tom.jpg/auto=format,r=4 /cats/tom.jpg/r=4,w=0
/cats/tom.jpg/w=640 /cats/tom.jpg/r=,w=640 /cats/tom.jpg/r=x /cats/tom.jpg/r=4, /a/,r=4 /a/r=4/r=4
/cats/tom.jpg/r=4,w=1,width=2 /cats/tom.jpg/r=4,w64=5 /cats/tom.jpg/dl=w7w,r=4 /a/dl64=w7w,r=4
/a/dl=%77,r=4 /a/dl=_w,r=4 /a/dl=,r=4 /a/r%3D2%2Cw=640 /cats/tom.jpg%2Fr=1,w=640 /a/R=1,w=640
/a/r=4,xr=2 /a/crop=top_left,r=4 /a/crop=top,left,r=4 /a/r=4,expires=1 /a/r=4,bg=red /a/r=4%0A
/a/r=4,utm=5 /a/constructor=1,r=4 /a/r=4,__proto__=1 /a/v=NaN,r=4 /a/q=auto-good,r=4
/a/r=4,rect=left_top_full_full /a/fm=json,r=4,w=5 /a/fm=png,palette=css,prefix=x,r=4,w=5
""")
CANONICAL_KEYS: Final = _split("""
/=C3=A9.jpg/r=4,w=5 /a=20b.jpg/r=4 /a=3Db/r=4 /a=b.jpg/r=4 /a=zz/r=4 /a=/r=4 /a=4/r=4 /=FF/r=4
/=ED=A0=80/r=4 /=00/r=4 /=2E=2E/r=4 /a/=2E/b/r=4 /=2Fa/r=4 /a=2F/b/r=4 /a=2F=2Fb/r=4 /a//b/r=4
/a//r=4 ///r=4 //r=4 /=41=42.jpg/r=4 /=c3=a9/r=4 /a%20b/r=4 /%C3%BC/r=4 /%3DC3%3DA9/r=4 /100%25/r=4
/%2541/r=4 /=2541/r=4 /a=C3/r=4 /=C3%A9/r=4 /=7Etext/r=4,txt=SGk /~text/r=4 /a%0Ab/r=4
""")
"""Canonical paths of keys with escapes, right and wrong ones."""

WITH_CANONICAL: Final = [
    "",
    *_split("fbclid=1 h=5 expires=1 expires=1900000000&utm=x v64=MQ w= q=&utm=x dl="),
]

ACCEPTS: Final = [
    "",
    *_split("""
        */* image/* image/avif image/webp image/avif,image/webp,*/*;q=0.8 image/webp,image/avif
        image/avif;q=0.5,image/webp image/avif;q=0 IMAGE/AVIF
        image/avif;q=0,image/webp;q=0 image/avif;q=0.0,image/webp image/avif;Q=0.1,image/webp;q=0.2
        image/avif;q=0.1234 image/avif;q= image/avif;q=x
        image/avif;q=-1 image/avif;q=1. image/avif;q=1.5 image/avif;q=2 image/avif;v=1;q=0;x
        image/avif;q=0;q=1 image/avif;q=1;q=0 image/avif; image/avif,image/avif;q=0 image/avifx
        image/avif;q=0,image/avif ximage/avif q=1 ;,; constructor ,image/webp,
        text/html,application/xhtml+xml,image/avif,image/webp,image/apng,*/*;q=0.8
        image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5
        """),
    "image/avif;q=0.5, image/webp;q=0.50",
    "image/avif ; q=0.1 , image/webp",
    "\timage/webp\t;\tq=1",
]
SIGNED: Final = ["", *_split("w=640 w=640&h=480 b&a=2&a=1&a w=%36 w=641&& = ==5 a=b=c s=x&w=5")]
PRESETS: Final = [
    *_split("""
preset=thumb preset=thumb&w=200 w=200&preset=thumb width=200&preset=thumb preset=thumb&w=x
preset=Hero-2.x preset=hero-2.x preset=Hero-2.x&w=5&width=6 preset=thumb&preset=Hero-2.x
preset=Hero%2D2.x %70reset=thumb preset=thumb+ preset=odd preset=odd&w=5 preset=name w=5
preset=nothing preset= preset preset=%zz preset=constructor preset=__proto__ preset=NaN
preset=thumb%0A preset=thumb&fit=clip preset=thumb&preset=
"""),
    "preset=" + "x" * 600,
]
LADDER_QUERIES: Final = [
    "",
    *_split("""
    w=1 w=160 w=161 w=640 w=641 w=2560 w=2561 w=8192 w=0.5 w=1.0 h=1 h=641 h=8192 w=641&h=480
    w=161&h=1 w=161&h=8192 w=8192&h=1 w=3&h=8192 w=0.5&h=200 w=200&h=0.5 w=641&dpr=2 w=x w=1.6
    w=641&h=480&fit=crop&auto=format ar=16:9&w=641 q=50 rect=0,0,641,480&w=100 max-w=641 width=500
    w=641&fm=json
    """),
]
RATIOS: Final = ["", *_split("1 1.0 1.25 1.5 2 2.0 2.625 3 3.5 999 1000 0 0.9 x -2 2,3 2e1"), " 2"]
WIDTHS: Final = [
    "",
    *_split("1 100 101 640 641 8192 8193 999999 1000000 0 000 012 x 640.5 -5 640,700"),
]
HINTED_QUERIES: Final = [
    "",
    *_split("v=2 dl=a w=400 h=400 w=0.5 h=1.0 w=400&dpr=3 dpr=2 w=400&dpr=1 auto=format q=50"),
    *_split("v=2&q=50 max-w=400 fm=json palette=css&w=400"),
]
SAVE_DATA_QUERIES: Final = [
    "",
    *_split("v=2 dl=a w=400 auto=format w=400&q=50 w=400&q=auto w=400&q=auto-good fm=png fm=json"),
]
SAVE_DATA: Final = ["", *_split("On off 1 on;x on,on")]

OPEN_PARAMETER_QUERIES: Final = (
    "",
    "w=300",
    "w=300&auto=format",
    "width=300.2&auto=compress",
    "preset=thumb",
    "preset=thumb&w=300",
    "preset=thumb&h=300",
    "preset=Hero-2.x&q=90",
    "w=0.5",
    "w=1.0",
    "h=300",
    "dl=a",
    "dl64=YQ",
    "v=1",
    "fm=webp",
    "fm=json",
    "q=auto",
    "fit=clip&dpr=1.0&w=300",
    "z=1&utm_source=x",
    "expires=2000000000&w=300",
    "expires=1&w=300",
    "bg=nocolour",
    "rot=10&bg=red",
)
"""Queries for a deployment that allows only `w` and `auto` in unsigned URLs."""

LADDER_CANONICAL: Final = ("preset64=x", "preset64=dGh1bWI", "utm=1")
"""Queries after a canonical path; the ladder must apply to the path anyway."""

OPEN_PARAMETER_SEGMENTS: Final = ("r=4,w=300", "r=4", "fm=auto-avif,r=4,w=320", "q=50,r=4")

UNKNOWN_NAMES: Final = (
    *_split("""
    widht=400 W=400 txt=Hi&mark=a.png&w=5 w=5&utm_source=x&fbclid=1 sig64=1&preset64=1
    w=5&ixlib=js-3.8.0&ixid=1 b=1&a=1&b=2&A=3 w=x&widht=4 widht=4&expires=1 &=5&a %zz=1&a=1
    constructor=1&__proto__=1&hasOwnProperty=1&to-string=1
    %3Cscript%3E=1&x%0D%0Ay=1&%C3%BC%C3%BC=1&w=5
    """),
    "x" * 90 + "=1",
    "&".join(f"x{number}=1" for number in range(60)),
)
"""Queries with names that are no parameter."""
