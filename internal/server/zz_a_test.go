package server
import ("testing";"github.com/chromedp/chromedp")
func TestZZ(t *testing.T){
	r := newShowroom(t)
	b := browse(t, r.world)
	b.do(chromedp.EmulateViewport(320, 640))
	r.set(t, settingTongue, "ar")
	b.open("/statistics")
	b.unfold()
	for _, s := range js[[]string](b, `[...document.querySelectorAll("body *")].filter((e)=>{const r=e.getBoundingClientRect();return r.left< -1 || r.right>322}).map((e)=>{const r=e.getBoundingClientRect();return r.left+" "+r.right+" "+getComputedStyle(e).position+" "+e.outerHTML.slice(0,100)}).slice(0,60)`) { t.Log(s) }
}
