package poller

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tidings/internal/boltstore"
	"tidings/internal/feed"
	"tidings/internal/fetch"
)

// iconWeb serves feeds at /feed, and what else it was given by address; all else is
// not found.
type iconWeb struct {
	*web
	mu    sync.Mutex
	has   map[string][]byte
	icons map[string][]time.Time // when what is no feed was asked for, by address
	from  map[string]string      // which document named it
}

func newIconWeb(has map[string][]byte) *iconWeb {
	w := &iconWeb{web: newWeb(), has: has, icons: map[string][]time.Time{}, from: map[string]string{}}
	w.answer = func(r fetch.Request) (*fetch.Response, error) {
		if strings.HasSuffix(r.URL, "/feed") {
			return document(r.URL, r.URL, 1), nil
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		w.icons[r.URL] = append(w.icons[r.URL], time.Now())
		w.from[r.URL] = r.Origin
		if b, ok := w.has[r.URL]; ok {
			return &fetch.Response{Status: 200, URL: r.URL, Body: b}, nil
		}
		if strings.Contains(r.URL, "offline") {
			return nil, &fetch.Error{Kind: feed.FailureTemporary, URL: r.URL, Err: errors.New("no route")}
		}
		return nil, &fetch.Error{Kind: feed.FailureMissing, Status: 404, URL: r.URL, Err: errors.New("not found")}
	}
	return w
}

// askedFor counts the requests for an address.
func (w *iconWeb) askedFor(address string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.icons[address])
}

// noted are the times at which each address was asked for, and which document named it.
func (w *iconWeb) noted() (icons map[string][]time.Time, from map[string]string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	icons = map[string][]time.Time{}
	for address, ts := range w.icons {
		icons[address] = slices.Clone(ts)
	}
	return icons, maps.Clone(w.from)
}

func (w *iconWeb) all() (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, ts := range w.icons {
		n += len(ts)
	}
	return n
}

func square(c color.Color, w, h int) []byte {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range w * h {
		m.Set(i%w, i/w, c)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// colourOf is the colour of the icon that a feed at a site has; nil for none.
func colourOf(t *testing.T, s *boltstore.Store, source string) color.Color {
	t.Helper()
	hash, err := s.IconOf(t.Context(), source)
	if err != nil {
		t.Fatal(err)
	}
	if hash == "" {
		return nil
	}
	b, err := s.Icon(t.Context(), hash)
	if err != nil {
		t.Fatal(err)
	}
	m, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return color.RGBAModel.Convert(m.At(8, 8))
}

// The icon of a feed is its own, else that which its site's page names, else that at the
// usual place; and each address is asked for once in a month.
func TestIconsOfFeeds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		red, green, blue := color.RGBA{255, 0, 0, 255}, color.RGBA{0, 255, 0, 255}, color.RGBA{0, 0, 255, 255}
		w := newIconWeb(map[string][]byte{
			"https://named.example/":            []byte(`<link rel=icon href="/a.svg"><link rel=icon href=/gone.png sizes=32x32><link rel="apple-touch-icon" href=/touch.png>`),
			"https://named.example/touch.png":   square(green, 180, 180),
			"https://usual.example/favicon.ico": square(blue, 32, 32),
			"https://page.example/favicon.ico":  []byte("<!doctype html><title>welcome</title>"),
			"https://own.example/favicon.ico":   square(red, 32, 32),
		})
		s := open(t)
		p, stop := start(t, s, w, Options{SiteGap: time.Second, Icons: true})
		defer stop()
		wish(t, p, "https://named.example/feed", "https://usual.example/feed", "https://page.example/feed", "https://usual.example/other/feed", "https://offline.example/feed")
		time.Sleep(3 * time.Minute)
		for source, want := range map[string]color.Color{"https://named.example": green, "https://usual.example": blue, "https://page.example": nil, "https://offline.example": nil} {
			if got := colourOf(t, s, source); got != want {
				t.Errorf("%s has %v, want %v", source, got, want)
			}
		}
		if n := w.askedFor("https://named.example/a.svg") + w.askedFor("https://named.example/favicon.ico"); n > 0 {
			t.Errorf("%d requests for what isn't needed", n)
		}
		_, named := w.noted()
		if from := named["https://usual.example/favicon.ico"]; !strings.HasPrefix(from, "https://usual.example/") {
			t.Errorf("the request says that it is named by %q", from)
		}
		time.Sleep(40 * 24 * time.Hour)
		icons, _ := w.noted()
		for address, ts := range icons {
			least := 30 * 24 * time.Hour
			if strings.Contains(address, "offline") {
				least = 24 * time.Hour // nobody was there to be asked
			}
			for i := 1; i < len(ts); i++ {
				if gap := ts[i].Sub(ts[i-1]); gap < least {
					t.Errorf("%s was asked for twice in %v", address, gap)
				}
			}
			if len(ts) < 2 {
				t.Errorf("%s was asked for once in forty days", address)
			}
		}
		w.web.mu.Lock()
		defer w.web.mu.Unlock()
		if w.most > 1 {
			t.Errorf("a site was asked %d things at a time", w.most)
		}
	})
}

// A feed's own icon comes first; where it is a banner, the site's stands in, which is asked
// for once however many feeds it has.
func TestIconsThatFeedsName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		red, green := color.RGBA{255, 0, 0, 255}, color.RGBA{0, 255, 0, 255}
		w := newIconWeb(map[string][]byte{
			"https://cdn.example/face.png":       square(red, 64, 64),
			"https://cdn.example/banner.png":     square(red, 300, 50),
			"https://blogs.example/favicon.ico":  square(green, 32, 32),
			"https://blogs.example/0/banner.png": square(red, 300, 50),
		})
		plain := w.answer
		w.answer = func(r fetch.Request) (*fetch.Response, error) {
			resp, err := plain(r)
			if err == nil && strings.HasSuffix(r.URL, "/feed") {
				icon := "https://cdn.example/banner.png"
				if strings.Contains(r.URL, "face") {
					icon = "https://cdn.example/face.png"
				}
				resp.Body = bytes.Replace(resp.Body, []byte("<item>"), []byte("<image><url>"+icon+"</url><title>x</title><link>"+r.URL+"</link></image><item>"), 1)
			}
			return resp, err
		}
		s := open(t)
		p, stop := start(t, s, w, Options{SiteGap: time.Second, Icons: true})
		defer stop()
		wish(t, p, "https://blogs.example/face/feed", "https://blogs.example/0/feed", "https://blogs.example/1/feed")
		time.Sleep(3 * time.Minute)
		if got := colourOf(t, s, "https://blogs.example https://cdn.example/face.png"); got != red {
			t.Errorf("the feed's own icon is %v", got)
		}
		if got := colourOf(t, s, "https://blogs.example https://cdn.example/banner.png"); got != green {
			t.Errorf("in the place of a banner stands %v", got)
		}
		for _, address := range []string{"https://cdn.example/banner.png", "https://blogs.example/favicon.ico", "https://blogs.example/"} {
			if n := w.askedFor(address); n != 1 {
				t.Errorf("%s was asked for %d times", address, n)
			}
		}
	})
}

// Thousands of new feeds make no herd: a few sites are asked at a time, and each at its pace.
func TestIconsMakeNoHerd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newIconWeb(nil)
		s := open(t)
		p, stop := start(t, s, w, Options{SiteGap: time.Second, Icons: true})
		defer stop()
		var urls []string
		for i := range 40 {
			urls = append(urls, fmt.Sprintf("https://b%d.crowd.example/feed", i), fmt.Sprintf("https://alone%d.example/feed", i))
		}
		wish(t, p, urls...)
		time.Sleep(10 * time.Minute)
		starts := map[time.Time]int{}
		icons, _ := w.noted()
		for address, ts := range icons {
			if len(ts) != 1 {
				t.Errorf("%s was asked for %d times", address, len(ts))
			}
			for _, at := range ts {
				starts[at.Truncate(100*time.Millisecond)]++
			}
		}
		for at, n := range starts {
			if n > iconWorkers {
				t.Errorf("%d requests at %v", n, at)
			}
		}
		crowd := w.at("crowd.example")
		for i := 1; i < len(crowd); i++ {
			if gap := crowd[i].Sub(crowd[i-1]); gap < time.Second {
				t.Errorf("the crowd's site was asked twice within %v", gap)
			}
		}
		if n := w.all(); n != 160 {
			t.Errorf("%d requests for 80 sites without icons", n)
		}
	})
}

// Who wants no pictures has no icons asked for, and neither has who polls by hand.
func TestNoIcons(t *testing.T) {
	for name, o := range map[string]Options{"none wanted": {Icons: true}, "told so": {}, "on demand": {Icons: true, OnDemand: true}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, s := newIconWeb(nil), open(t)
				if name == "none wanted" {
					if err := s.SetSetting(t.Context(), feed.SettingPictures, []byte(feed.ShowNothing)); err != nil {
						t.Fatal(err)
					}
				}
				p, stop := start(t, s, w, o)
				defer stop()
				wish(t, p, "https://a.example/feed")
				time.Sleep(time.Hour)
				if n := w.all(); n != 0 {
					t.Errorf("%d requests", n)
				}
			})
		})
	}
}

// A site that asks to be left alone is, with its polls.
func TestIconsHeedComplaints(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, s := newIconWeb(nil), open(t)
		plain := w.answer
		w.answer = func(r fetch.Request) (*fetch.Response, error) {
			resp, err := plain(r)
			if err != nil {
				return nil, &fetch.Error{Kind: feed.FailureLimited, Status: 429, RetryAfter: 10 * time.Minute, URL: r.URL, Err: errors.New("slowly")}
			}
			return resp, nil
		}
		p, stop := start(t, s, w, Options{SiteGap: time.Second, Icons: true})
		defer stop()
		wish(t, p, "https://a.busy.example/feed", "https://b.busy.example/feed")
		time.Sleep(8 * time.Minute)
		if n := w.all(); n != 1 {
			t.Errorf("%d requests after the first was answered with 429", n)
		}
		if p.pace.spacing("busy.example") <= time.Second {
			t.Error("its spacing is as it was")
		}
	})
}
