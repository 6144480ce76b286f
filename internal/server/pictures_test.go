package server

import (
	"fmt"
	"html/template"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"tidings/internal/feed"
	"tidings/internal/fetch"
	"tidings/internal/picture"
	"tidings/internal/sanitize"
)

// known is a gallery that knows some pictures: those in whose address "wide", "small",
// "counter" or "lost" stands.
type known struct{ gallery }

func (known) Measures(src, _ string) (width, height int, hopeless bool) {
	switch {
	case strings.Contains(src, "wide"):
		return 2000, 1000, false
	case strings.Contains(src, "small"):
		return 300, 200, false
	case strings.Contains(src, "counter"):
		return 1, 1, false
	}
	return 0, 0, strings.Contains(src, "lost")
}

func (known) Address(src, document string, width int) string {
	if strings.Contains(src, "odd") {
		return ""
	}
	return fmt.Sprintf("/picture/s/%d?%s", width, src)
}

// What HTML of publishers shows comes from us, in sizes that fit, or not at all.
func TestHang(t *testing.T) {
	w := newWorld(t, 0, func(o *Options) { o.Pictures = known{} })
	for in, want := range map[string]string{
		``:                  ``,
		`<p>1 < 2</p>`:      `<p>1 < 2</p>`,
		`<p>no picture</p>`: `<p>no picture</p>`,
		`<img alt="" src="https://x.example/new.jpg"> and on`:                            `<img alt="" src="/picture/s/1440?https://x.example/new.jpg" data-large="/picture/s/2400?https://x.example/new.jpg"> and on`,
		`<img alt="" src="https://x.example/a?b=1&amp;c=2">`:                             `<img alt="" src="/picture/s/1440?https://x.example/a?b=1&amp;c=2" data-large="/picture/s/2400?https://x.example/a?b=1&amp;c=2">`,
		`<img alt="" src="https://x.example/small.jpg" loading="lazy">`:                  `<img alt="" src="/picture/s/1440?https://x.example/small.jpg" width="300" height="200" data-large="/picture/s/2400?https://x.example/small.jpg" loading="lazy">`,
		`<img alt="" src="https://x.example/wide.jpg">`:                                  `<img alt="" src="/picture/s/800?https://x.example/wide.jpg" srcset="/picture/s/800?https://x.example/wide.jpg 800w, /picture/s/1440?https://x.example/wide.jpg 1440w" sizes="(min-width: 46rem) 43rem, 94vw" width="2000" height="1000" data-large="/picture/s/2400?https://x.example/wide.jpg">`,
		`<img alt="" src="https://x.example/small.jpg" width="30">`:                      `<img alt="" src="/picture/s/1440?https://x.example/small.jpg" data-large="/picture/s/2400?https://x.example/small.jpg" width="30">`,
		`a<img alt="" src="https://x.example/counter.gif">b`:                             `ab`,
		`a<img alt="A hen" src="https://x.example/lost.jpg">b`:                           `a<span class="unseen">A hen</span>b`,
		`a<img alt="&lt;b&gt;" src="https://x.example/odd.jpg">b`:                        `a<span class="unseen">&lt;b&gt;</span>b`,
		`<img alt="" src="data:image/png;base64,AAAA">`:                                  `<img alt="" src="data:image/png;base64,AAAA">`,
		`<img alt="no address">`:                                                         `<img alt="no address">`,
		`<video poster="https://x.example/p.jpg" src="https://x.example/v.mp4"></video>`: `<video poster="/picture/s/800?https://x.example/p.jpg" src="https://x.example/v.mp4"></video>`,
		`<video src="https://x.example/v.mp4"></video>`:                                  `<video src="https://x.example/v.mp4"></video>`,
		`<a href="https://x.example/a.jpg">a</a>`:                                        `<a href="https://x.example/a.jpg">a</a>`,
	} {
		if got := w.hang(template.HTML(in), "https://x.example/feed"); string(got) != want {
			t.Errorf("%s\nbecame %s\nwant   %s", in, got, want)
		}
	}
}

// Whatever publishers write, no page has a picture that a browser would ask others for,
// unless the reader wants that; and who wants none has none.
func TestNoPictureIsAskedOfOthers(t *testing.T) {
	s, w := sanitize.New(), newWorld(t, 0, nil)
	base, _ := url.Parse("https://x.example/")
	for _, in := range []string{
		`<img src=a.jpg srcset="b.jpg 2x, c.jpg 3x">`, `<picture><source srcset="a.webp 1x"><img src=b.jpg></picture>`, `<IMG SRC="//y.example/a.jpg" alt='"><img src=https://evil.example/x>'>`,
		`<img data-src="https://y.example/lazy.jpg">`, `<video poster=p.jpg></video>`, `<a href=x><img src="a b.jpg"></a>`, `<input type=image src=a.jpg>`,
		`<table background=a.jpg><tr><td style="background:url(b.jpg)">x</td></tr></table>`, `<img src="https://x.example/a.jpg?x=&quot;><img src=https://evil.example>">`, `<img src="HTTPS://x.example/a.jpg">`,
		`<svg><image href="https://x.example/a.jpg"/></svg>`, `<img alt=x src=https://x.example/a.jpg><img alt=y src=https://x.example/b.jpg>`,
	} {
		for _, how := range []feed.Showing{feed.ShowProxied, feed.ShowNothing} {
			w.Showing = how
			got := string(w.hang(newPresenter(nil, 1, "").text(string(s.HTML(in, base))), "https://x.example/feed"))
			for _, bit := range []string{`src="http`, `src="//`, `poster="http`, `srcset="http`, "url(", "background", "HTTPS"} {
				if strings.Contains(got, bit) {
					t.Errorf("%s (%s)\nbecame %s", in, how, got)
				}
			}
			if how == feed.ShowNothing && (strings.Contains(got, "<img") || strings.Contains(got, "poster")) {
				t.Errorf("%s\nshows %s where nothing is to be shown", in, got)
			}
		}
	}
}

// How pictures come is a setting, which a flag overrules; the policy of every page follows.
func TestPicturesAreASetting(t *testing.T) {
	w := newWorld(t, 4, nil)
	images := func() (ours, theirs int) {
		for _, path := range []string{"/?view=all", "/story/998"} {
			for _, img := range w.get(t, path).status(200).page().find("img") {
				switch src := img.attr("src"); {
				case strings.HasPrefix(src, "/"):
					ours++
				default:
					theirs++
				}
				if strings.Contains(img.attr("srcset"), "http") {
					t.Errorf("%s: srcset %s", path, img.attr("srcset"))
				}
			}
		}
		return ours, theirs
	}
	for _, tc := range []struct {
		how          string
		ours, theirs bool
		policy       string
	}{
		{"proxy", true, false, "img-src 'self' data:;"},
		{"direct", false, true, "img-src 'self' https: http: data:;"},
		{"none", false, false, "img-src 'self' data:;"},
	} {
		a := w.post(t, "/settings/pictures", url.Values{"pictures": {tc.how}}).status(http.StatusSeeOther)
		if !strings.HasPrefix(a.Header().Get("Location"), "/settings?done=") {
			t.Errorf("%s leads to %s", tc.how, a.Header().Get("Location"))
		}
		if ours, theirs := images(); ours > 0 != tc.ours || theirs > 0 != tc.theirs {
			t.Errorf("%s: %d pictures from us, %d from others", tc.how, ours, theirs)
		}
		if got := w.get(t, "/").Header(); !strings.Contains(got.Get("Content-Security-Policy"), tc.policy) || got.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: policy %s, referrer %s", tc.how, got.Get("Content-Security-Policy"), got.Get("Referrer-Policy"))
		}
		page := w.get(t, "/settings").page()
		if chosen := page.find("#pictures input[checked]"); len(chosen) != 1 || chosen[0].attr("value") != tc.how {
			t.Errorf("%s: the settings say otherwise", tc.how)
		}
		again, err := New(w.Options)
		if err != nil || again.showing() != feed.Showing(tc.how) {
			t.Errorf("%s: after a restart it is %s, %v", tc.how, again.showing(), err)
		}
	}
	w.post(t, "/settings/pictures", url.Values{"pictures": {"all"}}).status(http.StatusBadRequest)
	fixed := newWorld(t, 1, func(o *Options) { o.Showing = feed.ShowNothing })
	fixed.post(t, "/settings/pictures", url.Values{"pictures": {"proxy"}}).status(http.StatusConflict)
	if n := len(fixed.get(t, "/settings").page().find("#pictures input")); n != 0 {
		t.Error("the settings offer what they can't change")
	}
	if got := fixed.get(t, "/picture/a/160").Code; got != http.StatusNotFound {
		t.Errorf("a picture is shown where none are: %d", got)
	}
}

// Rows have pictures in the sizes of their layout, of known measures or not, and never one
// that failed, or that counts.
func TestPicturesInRows(t *testing.T) {
	w := newWorld(t, 0, func(o *Options) { o.Pictures = known{} })
	h := &feed.Headline{Outlet: feed.Outlet{URL: "https://x.example/feed"}}
	for layout, want := range map[string]string{
		"list":     "/picture/s/160?https://x.example/a.jpg 1x, /picture/s/320?https://x.example/a.jpg 2x",
		"cards":    "/picture/s/480?https://x.example/a.jpg 480w, /picture/s/800?https://x.example/a.jpg 800w",
		"magazine": "/picture/s/480?https://x.example/a.jpg 480w, /picture/s/800?https://x.example/a.jpg 800w, /picture/s/1440?https://x.example/a.jpg 1440w",
	} {
		h.Entry.Image = "https://x.example/a.jpg"
		var r row
		if w.hangRow(&r, h, layout); string(r.Srcset) != want || (r.Sizes == "") != (layout == "list") {
			t.Errorf("%s: %q at %q", layout, r.Srcset, r.Sizes)
		}
	}
	for src, want := range map[string]bool{"": false, "https://x.example/wide.jpg": true, "https://x.example/lost.jpg": false, "https://x.example/counter.gif": false, "https://x.example/odd.jpg": false} {
		h.Entry.Image = src
		var r row
		if w.hangRow(&r, h, "list"); (r.Image != "") != want {
			t.Errorf("%q is shown: %q", src, r.Image)
		}
	}
}

// A feed is known by its icon, which never changes at its address, or by a letter in a
// colour that stays.
func TestBadges(t *testing.T) {
	w := newWorld(t, 4, nil)
	ctx := t.Context()
	o := feed.Outlet{Feed: 1, Title: "“Überland” Post", URL: "https://outlet1.example/feed.xml"}
	letter := w.badge(o)
	if letter.Letter != "Ü" || letter.Src != "" || !strings.HasPrefix(letter.Hue, "hue") || w.badge(o) != letter {
		t.Errorf("without an icon it is %+v", letter)
	}
	if got := w.badge(feed.Outlet{Title: "…", URL: "x"}); got.Letter != "·" {
		t.Errorf("without a letter it is %+v", got)
	}
	icon := []byte("\x89PNG icon")
	if err := w.store.PutIcon(ctx, o.IconSource().Key(), icon, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	got := w.badge(o)
	a := w.get(t, string(got.Src)).status(200)
	if a.Body.String() != string(icon) || a.Header().Get("Content-Type") != "image/png" || !strings.Contains(a.Header().Get("Cache-Control"), "immutable") || !strings.Contains(a.Header().Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("%s answers %q, %v", got.Src, a.Body, a.Header())
	}
	w.get(t, "/icon/00000000000000000000000000000000.png").status(404)
	w.get(t, "/icon/x").status(404)
	for _, path := range []string{"/?view=all", "/story/1000"} {
		if n := len(w.get(t, path).page().find(".badge")); n == 0 {
			t.Errorf("%s shows no badges", path)
		}
	}
	w.Showing = feed.ShowNothing
	if got := w.badge(o); got.Src != "" {
		t.Errorf("where no pictures are wanted it is %+v", got)
	}
}

// The merged feed names pictures as publishers do: they are for programs elsewhere.
func TestFeedsNamePicturesAsPublished(t *testing.T) {
	w := newWorld(t, 0, nil)
	f := invented(0, time.Now())
	f.Members[0].Body.Content = `<p>Hens</p><img src="https://x.example/hen.jpg" alt="">`
	w.store.tell(t, f)
	got := w.get(t, "/feed.atom").status(200).Body.String()
	if !strings.Contains(got, "https://x.example/hen.jpg") || strings.Contains(got, "/picture/") {
		t.Errorf("the feed says %s", got)
	}
}

// publisher serves pictures, and notes who asks for them.
type publisher struct {
	*httptest.Server
	mu    sync.Mutex
	asked []*http.Request
}

func newPublisher(t *testing.T) *publisher {
	t.Helper()
	p := &publisher{}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.asked = append(p.asked, r)
		p.mu.Unlock()
		if strings.Contains(r.URL.Path, "lost") {
			http.NotFound(w, r)
			return
		}
		m := image.NewGray(image.Rect(0, 0, 1200, 800))
		m.SetGray(1, 1, color.Gray{200})
		_ = png.Encode(w, m)
	}))
	t.Cleanup(p.Close)
	return p
}

// tells gives a story of the publisher with pictures of all kinds.
func (p *publisher) tells(id uint64) feed.Full {
	s := sanitize.New()
	base, _ := url.Parse(p.URL)
	e := feed.Entry{ID: id * 10, Feed: 1, Story: id, Title: "Hens", URL: p.URL + "/hens", Image: fmt.Sprintf("%s/lead%d.png", p.URL, id), Seen: time.Now(), Published: time.Now()}
	text := s.HTML(`<p>Hens.</p><img src="/a.png" srcset="/a2.png 2x"><picture><source srcset="/b.webp"><img src="/b.png" width=600></picture><p><img src="/lost.png" alt="a hen that got lost"></p><video poster="/poster.png" src="/v.mp4"></video>`, base)
	return feed.Full{
		Headline: feed.Headline{Story: feed.Story{ID: id, URN: fmt.Sprintf("urn:uuid:00000000-0000-5000-8000-%012d", id), Time: time.Now().Truncate(time.Second)}},
		Members:  []feed.Member{{Entry: e, Outlet: feed.Outlet{Feed: 1, Title: "The Henhouse", URL: p.URL + "/feed.xml"}, Body: feed.Body{Content: text}}},
	}
}

// No request of a browser leaves for anywhere but our server, on the river in each layout
// and on a story; what publishers are asked for by us tells nothing of the reader. The
// tab fails the test at its end for each request that led elsewhere.
func TestBrowserAsksNobodyElse(t *testing.T) {
	p := newPublisher(t)
	client := fetch.New(fetch.Options{UserAgent: "tidings/test", AllowPrivate: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	t.Cleanup(client.Close)
	w := newWorld(t, -1, func(o *Options) {
		proxy, err := picture.New(t.Context(), o.Store, client, picture.Options{Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(proxy.Close)
		o.Pictures = proxy
	})
	w.store.follow(t, feed.Following{Subscription: feed.Subscription{ID: 1, URL: p.URL + "/feed.xml"}, State: feed.State{Feed: 1, Title: "The Henhouse", Polled: time.Now()}})
	w.store.tell(t, p.tells(2), p.tells(1))
	b := browse(t, w)
	there := `[...document.images].every((i) => i.complete && i.naturalWidth > 0 || i.getBoundingClientRect().top > 2000)`
	for _, layout := range []string{"list", "cards", "magazine"} {
		w.set(t, settingLayout, layout)
		b.open("/?view=all")
		b.until(there)
		if n := js[int](b, `document.querySelectorAll(".row > img[src^='/picture/']").length`); n != 2 {
			t.Errorf("%s: %d pictures in the rows of 2 stories", layout, n)
		}
	}
	b.open("/story/1")
	b.until(there)
	if got := js[int](b, `document.querySelectorAll(".text img").length`); got != 3 {
		t.Errorf("%d pictures in the text", got)
	}
	b.open("/story/1") // their measures are known by now, and that one is lost
	b.until(there)
	if got := js[string](b, `[...document.querySelectorAll(".text img")].map((i) => i.getAttribute("width")).join() + document.querySelector(".unseen")?.textContent`); got != "1200,600a hen that got lost" {
		t.Errorf("the second time the text has %s", got)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	seen := map[string]bool{}
	for _, r := range p.asked {
		if r.UserAgent() != "tidings/test" || r.Referer() != "" || len(r.Cookies()) > 0 || seen[r.URL.Path] {
			t.Errorf("%s was asked for by %q, with %v", r.URL, r.UserAgent(), r.Header)
		}
		seen[r.URL.Path] = true
	}
	if !seen["/lead1.png"] || !seen["/a.png"] || !seen["/poster.png"] {
		t.Errorf("asked for were %v", seen)
	}
}

// BenchmarkHang costs what a page spends on pictures: fifty rows, a text with ten pictures,
// and one without any.
func BenchmarkHang(b *testing.B) {
	w := newWorld(b, 0, func(o *Options) {
		proxy, err := picture.New(b.Context(), o.Store, nil, picture.Options{Dir: b.TempDir()})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(proxy.Close)
		o.Pictures = proxy
	})
	plain := template.HTML(strings.Repeat("<p>Hens lay eggs, and <em>cocks</em> don’t.</p>", 100))
	rich := plain + template.HTML(strings.Repeat(`<p><img alt="" src="https://cdn.pictures.example/2026/11/a-long-name.jpg?w=1200&amp;q=80" loading="lazy"></p>`, 10))
	h := &feed.Headline{Outlet: feed.Outlet{Title: "Hens", URL: "https://news.example/feed.xml"}}
	h.Entry.Image = "https://cdn.pictures.example/2026/11/a-long-name.jpg?w=1200"
	for name, run := range map[string]func(){
		"rows": func() {
			for range 50 {
				var r row
				w.hangRow(&r, h, "list")
			}
		},
		"rich":  func() { w.hang(rich, h.Outlet.URL) },
		"plain": func() { w.hang(plain, h.Outlet.URL) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				run()
			}
		})
	}
}
