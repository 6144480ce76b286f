package server

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"tidings/internal/feed"
)

// tone is half a minute of silence, as a WAV file.
func tone() []byte {
	const rate, seconds = 8000, 30
	var b bytes.Buffer
	b.WriteString("RIFF")
	_ = binary.Write(&b, binary.LittleEndian, uint32(36+rate*seconds))
	b.WriteString("WAVEfmt ")
	for _, v := range []any{uint32(16), uint16(1), uint16(1), uint32(rate), uint32(rate), uint16(1), uint16(8)} {
		_ = binary.Write(&b, binary.LittleEndian, v)
	}
	b.WriteString("data")
	_ = binary.Write(&b, binary.LittleEndian, uint32(rate*seconds))
	b.Write(bytes.Repeat([]byte{128}, rate*seconds))
	return b.Bytes()
}

// Sound goes on where it stopped, at the speed that was chosen, and before somebody
// presses play nobody is asked for it.
func TestBrowserPlaysOn(t *testing.T) {
	w := newWorld(t, 0, nil)
	var asked atomic.Int64
	mux := http.NewServeMux()
	mux.Handle("/", w)
	mux.HandleFunc("/clip.wav", func(rw http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		rw.Header().Set("Content-Type", "audio/wav")
		http.ServeContent(rw, r, "clip.wav", time.Time{}, bytes.NewReader(tone()))
	})
	srv := httptest.NewServer(mux)
	t.Cleanup(func() { w.Close(); srv.CloseClientConnections(); srv.Close() })
	f := told(4400, 1, "Episode 8", "Of sluices.", time.Now())
	f.Members[0].Entry.Enclosures = []feed.Enclosure{{URL: srv.URL + "/clip.wav", Type: "audio/wav"}}
	w.store.tell(t, f)
	b := browseAt(t, srv.URL)
	b.open("/story/4400")
	b.until(`document.querySelector(".enclosure select") !== null`)
	if n := asked.Load(); n != 0 {
		t.Fatalf("%d requests for sound that nobody played", n)
	}
	js[bool](b, `(() => {
		const s = document.querySelector(".enclosure select"), a = document.querySelector(".enclosure audio");
		s.value = "1.5"; s.dispatchEvent(new Event("change"));
		a.muted = true; a.play(); return true;
	})()`)
	b.until(`document.querySelector(".enclosure audio").currentTime > 0.2`)
	if rate := js[float64](b, `document.querySelector(".enclosure audio").playbackRate`); rate != 1.5 || asked.Load() == 0 {
		t.Errorf("played at %v, asked %d times", rate, asked.Load())
	}
	js[bool](b, `(() => { const a = document.querySelector(".enclosure audio"); a.currentTime = 12; a.onseeked = () => a.pause(); return true; })()`)
	b.until(`+localStorage.getItem("at " + document.querySelector(".enclosure audio").src) >= 12`)
	b.open("/story/4400")
	b.until(`document.querySelector(".enclosure select")?.value === "1.5"`)
	js[bool](b, `(() => { const a = document.querySelector(".enclosure audio"); a.muted = true; a.play(); return true; })()`)
	b.until(`document.querySelector(".enclosure audio").currentTime >= 12 && document.querySelector(".enclosure audio").playbackRate === 1.5`)
}

// A picture opens large, the arrows lead to the next, Esc closes it, and focus is back
// where it was.
func TestBrowserOpensPicturesLarge(t *testing.T) {
	w := newWorld(t, 0, nil)
	f := told(4500, 1, "Pictures", "Two of them.", time.Now())
	f.Members[0].Body.Content = `<figure><img src="https://a.example/1.png" alt="The mill"><figcaption>The mill in March</figcaption></figure><p><img src="https://a.example/2.png"></p>` +
		`<p>See<sup id="u-r"><a href="#u-n" rel="noopener noreferrer">1</a></sup>.</p><p id="u-n">A note. <a href="#u-r" rel="noopener noreferrer">back</a></p>`
	w.store.tell(t, f)
	b := browse(t, w)
	b.open("/story/4500")
	b.until(`document.querySelectorAll("a.large").length === 2`)
	large := js[[]string](b, `[...document.querySelectorAll("a.large")].map((a) => a.href)`)
	b.do(chromedp.Click("a.large"))
	shown := `document.querySelector("dialog.picture[open] img")?.src === %q`
	b.until(fmt.Sprintf(shown, large[0]))
	if got := js[string](b, `document.querySelector("dialog.picture figcaption").textContent`); got != "The mill in March" {
		t.Errorf("caption %q", got)
	}
	js[bool](b, `document.querySelector("dialog.picture").dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }))`)
	b.until(fmt.Sprintf(shown, large[1]))
	b.keys("\u001b")
	b.until(`document.querySelector("dialog.picture[open]") === null && document.activeElement.href === ` + fmt.Sprintf("%q", large[1]))

	b.do(chromedp.Click(`.text sup a`))
	b.until(`location.hash === "#u-4500-n" && document.querySelector(".text :target").textContent.startsWith("A note")`)
	b.do(chromedp.Click(`.text :target a`))
	b.until(`location.hash === "#u-4500-r"`)
}

// The address of the original goes to the clipboard, and a button says so.
func TestBrowserCopiesTheLink(t *testing.T) {
	w := newWorld(t, 0, nil)
	w.teaser(t)
	b := browse(t, w)
	b.open("/story/4100")
	js[bool](b, `(navigator.clipboard.writeText = async (s) => { window.copied = s; }, true)`)
	b.do(chromedp.Click(".share summary"), chromedp.Click("[data-link]"))
	b.until(`document.querySelector("[data-link]").textContent === "Copied" && window.copied === "https://outlet1.example/strike/4100.html"`)
	b.until(`document.querySelector("[data-link]").textContent === "Copy the link"`)
	js[bool](b, `(navigator.clipboard.writeText = async () => { throw new Error("not allowed"); }, true)`)
	b.do(chromedp.Click("[data-link]"))
	b.until(`document.getSelection().toString() === "https://outlet1.example/strike/4100.html" && document.querySelector("[data-link]").textContent === "Copy the link"`)
}

// The keys of the story page: c walks its sources, e goes to the event, x splits the
// shown source off.
func TestBrowserKeysOfTheStory(t *testing.T) {
	w := newWorld(t, 0, nil)
	entries := w.teaser(t)
	b := browse(t, w)
	b.open("/story/4100")
	b.keys("c")
	b.until(fmt.Sprintf(`location.search.includes("copy=%d") && document.querySelector("h1").textContent === "Old mill sold"`, entries[1]))
	b.keys("x")
	b.until(`document.querySelector(".flash")?.textContent.includes("The Harbour Courier") && document.querySelectorAll(".copy").length === 1`)
	b.keys("z")
	b.until(`document.querySelectorAll(".copy").length === 2`)
	b.keys("e")
	b.until(`document.querySelector(".toast")?.textContent.includes("no related coverage")`)
}
