package websub

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"tidings/internal/feed"
)

// The walkthrough: the cloud is asked, asks back, and pings; then the feed is polled.
func TestACloudIsAskedAndPings(t *testing.T) {
	inClouds(t, Options{UserAgent: "tidings/1"}, func(w *world) {
		w.pass(time.Second)
		asked := w.hubs.all()
		if len(asked) != 1 {
			t.Fatalf("asked %v", asked)
		}
		f, l := asked[0], w.lease()
		for k, want := range map[string]string{"hub": cloudURL, "domain": "news.example", "port": "443", "protocol": "https-post", "url1": topic, "notifyProcedure": ""} {
			if !f.Has(k) || f.Get(k) != want {
				t.Errorf("%s is %q, want %q", k, f.Get(k), want)
			}
		}
		if token, ok := strings.CutPrefix(f.Get("path"), "/websub/"); !ok || len(token) < 40 || callbackOf(f) != l.Callback {
			t.Errorf("path %q, callback %q", f.Get("path"), l.Callback)
		}
		if got := w.sub.Until(1); got.Sub(w.hubs.when()[0]) != 25*time.Hour {
			t.Errorf("until %v", got)
		}
		if code := w.pingFor(l.Callback, topic); code != 200 || !slices.Equal(w.poller.refreshed(), []uint64{1}) {
			t.Errorf("a ping is answered %d; polled %v", code, w.poller.refreshed())
		}
		if named, pushed, relied := w.sub.Count(); named != 1 || pushed != 1 || relied != 0 {
			t.Errorf("counts %d %d %d: a cloud is never relied on", named, pushed, relied)
		}
		if d := w.poller.documents(); len(d) > 0 {
			t.Errorf("a ping passes for a document: %v", d)
		}
		if turns := w.poller.turns; !slices.Equal(turns, []string{cloudURL}) || !slices.Equal(w.poller.ends, []int{200}) {
			t.Errorf("waited for the turns of %v, ended %v", turns, w.poller.ends)
		}
	})
}

// A registration is made anew every 24 hours, before the cloud forgets it after 25, with
// the same callback, and tried again where it fails; a cloud that has gone is asked ever
// more seldom.
func TestACloudIsAskedEveryDay(t *testing.T) {
	inClouds(t, Options{}, func(w *world) {
		w.pass(time.Second)
		for range 10 * 24 * 4 {
			w.pass(15 * time.Minute)
			if until := w.sub.Until(1); !until.After(time.Now()) {
				t.Fatalf("the cloud has forgotten us at %v", until)
			}
		}
		asked := w.hubs.all()
		if len(asked) < 10 || len(asked) > 12 {
			t.Errorf("asked %d times in 10 days", len(asked))
		}
		for _, f := range asked {
			if f.Get("path") != asked[0].Get("path") {
				t.Errorf("asked %v", f)
			}
		}
		w.hubs.set(func() { w.hubs.answer[cloudURL] = 500 })
		w.pass(26 * time.Hour)
		if !w.sub.Until(1).IsZero() {
			t.Error("it is believed beyond its time")
		}
		if code := w.pingFor(w.lease().Callback, topic); code != 410 {
			t.Errorf("a ping after its time is answered %d", code)
		}
		w.hubs.all()
		w.pass(30 * day)
		if n := len(w.hubs.all()); n < 4 || n > 12 {
			t.Errorf("a cloud that is gone was asked %d times in 30 days", n)
		}
	})
}

// A challenge is echoed only for the feed, at the callback, and soon after it was asked.
func TestOnlyChallengesThatWeAskedForAreEchoed(t *testing.T) {
	inClouds(t, Options{}, func(w *world) {
		w.pass(time.Second)
		callback := w.lease().Callback
		if status, body := w.ask(callback, "url", topic, "challenge", "a b&<c>\x01"); status != 200 || body != "a b&<c>\x01" {
			t.Errorf("the right one: %d %q", status, body)
		}
		for name, tc := range map[string]struct {
			callback string
			q        []string
		}{
			"another feed":     {callback, []string{"url", topic + "2", "challenge", "echo"}},
			"no feed":          {callback, []string{"challenge", "echo"}},
			"no challenge":     {callback, []string{"url", topic}},
			"a huge challenge": {callback, []string{"url", topic, "challenge", strings.Repeat("echo", 1000)}},
			"unknown callback": {public + "/websub/ABC", []string{"url", topic, "challenge", "echo"}},
			"a hub's question": {callback, []string{"hub.mode", "subscribe", "hub.topic", topic, "hub.challenge", "echo", "hub.lease_seconds", "86400"}},
			"a hub's no":       {callback, []string{"hub.mode", "denied", "hub.topic", topic}},
		} {
			if status, body := w.ask(tc.callback, tc.q...); status != 404 || strings.Contains(body, "echo") {
				t.Errorf("%s: %d %.40q", name, status, body)
			}
		}
		w.pass(2 * time.Hour)
		if status, _ := w.ask(callback, "url", topic, "challenge", "echo"); status != 404 {
			t.Errorf("hours later: %d", status)
		}
		if w.sub.Until(1).IsZero() {
			t.Error("a stranger ended the registration")
		}
	})
	inWorld(t, Options{}, func(w *world) { // and a hub's callback is none for clouds
		w.pass(time.Second)
		if status, _ := w.ask(w.lease().Callback, "url", topic, "challenge", "echo"); status != 404 {
			t.Errorf("at a hub's callback: %d", status)
		}
	})
}

// Clouds that answer 200 and refuse, or answer something else, are not believed.
func TestCloudsThatRefuse(t *testing.T) {
	for name, said := range map[string]string{
		"refused": `<?xml version="1.0" encoding="ISO-8859-1"?><notifyResult success="false" msg="no"/>`, "no word of it": `<notifyResult msg="ok"/>`,
		"a page": `<html><p>hello<br></html>`, "nothing": ` `, "cut off": `<notifyResult success="true"`, "endless": strings.Repeat(" ", 1<<20) + thanks,
	} {
		inClouds(t, Options{PublicURL: "http://news.example"}, func(w *world) {
			w.pass(5 * time.Minute)
			if asked := w.hubs.all(); len(asked) != 1 || !w.sub.Until(1).IsZero() {
				t.Errorf("%s: asked %d times, until %v", name, len(asked), w.sub.Until(1))
			}
			if code := w.pingFor(w.lease().Callback, topic); code != 410 || len(w.poller.refreshed()) > 0 {
				t.Errorf("%s: a ping is answered %d", name, code)
			}
			w.pass(10 * day)
			if n := len(w.hubs.all()); n < 3 || n > 9 {
				t.Errorf("%s: asked %d times in ten days", name, n)
			}
		}, func(h *hubs) { h.said = said })
	}
	inClouds(t, Options{}, func(w *world) {
		w.pass(time.Second)
		if !w.sub.Until(1).After(time.Now()) {
			t.Error("a cloud of old words is refused")
		}
	}, func(h *hubs) {
		h.said, h.verify = `<?xml version="1.0" encoding="ISO-8859-1"?><notifyResult success='True' msg='Gr`+"\xfc"+`ße'/>`, false
	})
}

// A cloud of the first years knows http-post alone, and by port 443 what is meant.
func TestHTTPPostWhereACloudKnowsNoOther(t *testing.T) {
	for public, want := range map[string][]string{
		"https://news.example":      {"https-post 443", "http-post 443", "https-post 443", "http-post 443"},
		"https://news.example:8443": {"https-post 8443", "https-post 8443"},
		"http://news.example:8080":  {"http-post 8080", "http-post 8080"},
		"http://news.example":       {"http-post 80", "http-post 80"},
	} {
		inClouds(t, Options{PublicURL: public}, func(w *world) {
			w.pass(90 * time.Minute)
			var got []string
			for _, f := range w.hubs.all() {
				got = append(got, f.Get("protocol")+" "+f.Get("port"))
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s asked %v, want %v", public, got, want)
			}
			for i, at := range w.hubs.when()[1:] {
				if gap := at.Sub(w.hubs.when()[i]); gap < time.Second {
					t.Errorf("asked again after %v", gap)
				}
			}
		}, func(h *hubs) { h.said = `<notifyResult success="false" msg="only http-post"/>` })
	}
}

// 301, 307 and 308 are followed with the same form, under the rules for the feed; others
// aren't, nor circles.
func TestCloudsThatSendUsOn(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		inClouds(t, Options{}, func(w *world) {
			w.pass(time.Second)
			asked, followed := w.hubs.all(), status != 302 && status != 303
			if (len(asked) == 2) != followed || (!w.sub.Until(1).IsZero()) != followed {
				t.Fatalf("%d: asked %v", status, asked)
			}
			if followed && (asked[1].Get("hub") != "https://cloud.example/n" || asked[1].Get("url1") != topic) {
				t.Errorf("%d: asked %v", status, asked[1])
			}
			if followed && !slices.Equal(w.poller.turns, []string{cloudURL, "https://cloud.example/n"}) {
				t.Errorf("%d: waited for %v", status, w.poller.turns)
			}
			for _, o := range w.hubs.namers() {
				if o != topic {
					t.Errorf("asked by the rules for %q", o)
				}
			}
		}, func(h *hubs) { h.answer[cloudURL], h.to = status, "https://cloud.example/n" })
	}
	inClouds(t, Options{}, func(w *world) {
		w.pass(time.Second)
		if n := len(w.hubs.all()); n != maxHops+1 {
			t.Errorf("a circle was asked %d times", n)
		}
	}, func(h *hubs) { h.answer[cloudURL], h.to = 301, cloudURL })
}

// A cloud that takes its time is waited for, for half a minute.
func TestSlowClouds(t *testing.T) {
	for slow, believed := range map[time.Duration]bool{20 * time.Second: true, time.Hour: false} {
		inClouds(t, Options{}, func(w *world) {
			w.pass(time.Minute)
			if !w.sub.Until(1).IsZero() != believed {
				t.Errorf("after %v: until %v", slow, w.sub.Until(1))
			}
		}, func(h *hubs) { h.slow = slow })
	}
}

// Whoever names another feed, or nothing that can be read, is refused, and nothing is polled.
func TestPingsForOthersAreRefused(t *testing.T) {
	inClouds(t, Options{}, func(w *world) {
		w.store.follow(feed.Hubbed{Feed: 2, URL: "https://mole.example/f", Topic: "https://mole.example/f", Hubs: []string{cloudURL}, Cloud: true})
		w.pass(10 * time.Second)
		of := map[uint64]string{}
		ls, _ := w.store.Leases(t.Context())
		for _, l := range ls {
			of[l.Feed] = l.Callback
		}
		if code := w.pingFor(of[1], "https://mole.example/f"); code != 404 {
			t.Errorf("of another feed of ours: %d", code)
		}
		if code := w.pingFor(public+"/websub/"+strings.Repeat("A", 52), topic); code != 410 {
			t.Errorf("at no callback: %d", code)
		}
		for _, body := range []string{"", "url=", "url=%zz", "<rss/>", "\x00"} {
			r := httptest.NewRequest(http.MethodPost, of[1], strings.NewReader(body))
			if code := w.raw(r).Code; code != 404 {
				t.Errorf("%q: %d", body, code)
			}
		}
		r := httptest.NewRequest(http.MethodPost, of[1], strings.NewReader("url="+strings.Repeat("x", maxPing)))
		if code := w.raw(r).Code; code != 413 {
			t.Errorf("a huge one: %d", code)
		}
		if got := w.poller.refreshed(); len(got) > 0 {
			t.Errorf("polled %v", got)
		}
		if p := w.sub.Pings(); p.Refused != 6 {
			t.Errorf("counted %+v", p)
		}
	})
}

// A flood of pings costs four polls, and then one in six hours; pings are one until the
// poll has ended.
func TestAFloodOfPingsCostsLittle(t *testing.T) {
	inClouds(t, Options{}, func(w *world) {
		w.pass(time.Second)
		callback := w.lease().Callback
		codes := map[int]int{}
		for range 48 * 60 { // two days, ten a minute
			for range 10 {
				codes[w.pingFor(callback, topic)]++
			}
			w.polled(0)
			w.pass(time.Minute)
		}
		if n := len(w.poller.refreshed()); n < 4 || n > 4+8 {
			t.Errorf("the feed was polled %d times in two days", n)
		}
		if codes[429] < 28000 || codes[200]+codes[429] != 28800 {
			t.Errorf("answered %v", codes)
		}
	})
}

// Pings that are true cost no token: a live blog is polled for each.
func TestTruePingsAreAllHeard(t *testing.T) {
	inClouds(t, Options{}, func(w *world) {
		w.pass(time.Second)
		callback := w.lease().Callback
		for range 100 {
			for range 3 { // they are one
				if code := w.pingFor(callback, topic); code != 200 {
					t.Fatalf("answered %d", code)
				}
			}
			w.pass(5 * time.Second)
			w.polled(1)
			w.pass(10 * time.Minute)
		}
		if n := len(w.poller.refreshed()); n != 100 {
			t.Errorf("polled %d times", n)
		}
		if p := w.sub.Pings(); p != (Pings{New: 100}) {
			t.Errorf("counted %+v", p)
		}
	})
}

// A ping that comes while the feed can't be polled waits for it, and for no longer than an
// hour; a poll that was under way then doesn't answer it.
func TestAPingWaitsForItsPoll(t *testing.T) {
	inClouds(t, Options{}, func(w *world) {
		w.pass(time.Second)
		callback := w.lease().Callback
		w.poller.set(func() { w.poller.busy = true })
		w.pingFor(callback, topic)
		w.polled(0) // it began before
		w.pass(4 * time.Minute)
		if len(w.poller.refreshed()) > 0 {
			t.Fatal("polled")
		}
		w.poller.set(func() { w.poller.busy = false })
		w.pass(time.Minute)
		if n := len(w.poller.refreshed()); n != 1 {
			t.Errorf("polled %d times", n)
		}
		w.polled(1)
		w.pass(2 * time.Hour)
		if n := len(w.poller.refreshed()); n != 1 {
			t.Errorf("polled %d times for one ping", n)
		}
		w.poller.set(func() { w.poller.busy = true })
		w.pingFor(callback, topic)
		w.pass(2 * time.Hour)
		w.poller.set(func() { w.poller.busy = false })
		w.pass(2 * time.Hour)
		if n := len(w.poller.refreshed()); n != 1 {
			t.Errorf("a ping of hours ago was heard: %d polls", n)
		}
		if p := w.sub.Pings(); p != (Pings{New: 1, Nothing: 1}) {
			t.Errorf("counted %+v", p)
		}
	})
}

// A poll may end before the poller has said that there will be one.
func TestAQuickPollAnswersAPing(t *testing.T) {
	inClouds(t, Options{}, func(w *world) {
		w.pass(time.Second)
		w.poller.set(func() { w.poller.quick = func() { w.sub.Polled(feed.Outcome{Feed: 1, Status: "unchanged"}) } })
		for range 2 {
			w.pingFor(w.lease().Callback, topic)
			w.pass(time.Second)
		}
		if p := w.sub.Pings(); p != (Pings{Nothing: 2}) || len(w.poller.refreshed()) != 2 {
			t.Errorf("counted %+v, polled %v", p, w.poller.refreshed())
		}
	})
}

// Clouds of the first years don't ask back, but try the callback with a ping; that one is
// answered, and nothing is polled for it.
func TestCloudsThatTryTheCallback(t *testing.T) {
	inClouds(t, Options{}, func(w *world) {
		w.pass(time.Second)
		if !slices.Equal(w.hubs.tests, []int{200}) || w.sub.Until(1).IsZero() || len(w.poller.refreshed()) > 0 {
			t.Errorf("answered %v, until %v, polled %v", w.hubs.tests, w.sub.Until(1), w.poller.refreshed())
		}
	}, func(h *hubs) { h.verify, h.tests = false, []int{} })
}

// A feed that is left is forgotten at once: clouds have no word for that. So is a cloud
// where the publisher names a hub now; and the poller is told.
func TestACloudIsLeft(t *testing.T) {
	for name, leave := range map[string]func(w *world){
		"removed": func(w *world) { w.store.leave(1) },
		"a hub":   func(w *world) { w.store.follow(hubbed()) },
		"the same address is a hub": func(w *world) {
			f := clouded()
			f.Cloud = false
			w.store.follow(f)
		},
	} {
		inClouds(t, Options{}, func(w *world) {
			w.pass(time.Second)
			callback := w.lease().Callback
			w.hubs.all()
			leave(w)
			w.pass(10 * time.Second)
			for _, f := range w.hubs.all() {
				if f.Has("url1") || f.Get("hub.mode") == "unsubscribe" {
					t.Errorf("%s: asked %v", name, f)
				}
			}
			if code := w.pingFor(callback, topic); code != 410 {
				t.Errorf("%s: a ping is answered %d", name, code)
			}
			if ls, _ := w.store.Leases(t.Context()); slices.ContainsFunc(ls, func(l feed.PushLease) bool { return l.Cloud != "" }) {
				t.Errorf("%s: left %+v", name, ls)
			}
			if !slices.Equal(w.poller.told(), []uint64{1}) {
				t.Errorf("%s: told of %v", name, w.poller.told())
			}
		})
	}
}

// A restart asks for nothing that holds; clouds of one site are asked one a second, whatever
// their hosts.
func TestManyCloudsAndARestart(t *testing.T) {
	o := Options{Site: func(string) string { return "weblogs.example" }}
	inClouds(t, o, func(w *world) {
		for i := range uint64(59) {
			a := fmt.Sprintf("http://f%d.weblogs.example/", i)
			w.store.follow(feed.Hubbed{Feed: i + 2, URL: a, Topic: a, Hubs: []string{a}, Cloud: true})
		}
		w.pass(2 * time.Minute)
		if n := len(w.hubs.all()); n != 60 {
			t.Errorf("asked %d times", n)
		}
		times := w.hubs.when()
		for i, at := range times[1:] {
			if gap := at.Sub(times[i]); gap < time.Second {
				t.Fatalf("request %d came %v after the one before", i+1, gap)
			}
		}
		w.end()
		w.start(o)
		w.pass(time.Hour)
		if n := len(w.hubs.all()); n != 0 || w.sub.Until(50).IsZero() {
			t.Errorf("after a restart %d requests, until %v", n, w.sub.Until(50))
		}
	})
}

// Whatever a cloud answers, it is read without harm, and only one word of it counts.
func FuzzNotifyResult(f *testing.F) {
	for _, s := range []string{thanks, `<notifyResult success="false"/>`, `<a success='TRUE'>`, "\xff\xfe", `<!DOCTYPE a [<!ENTITY b "c">]><a success="&b;"/>`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if err := notifyResult(body); err == nil && !strings.Contains(strings.ToLower(string(body)), "true") && !strings.Contains(string(body), "&#") {
			t.Errorf("%q is believed", body)
		} else if err != nil && errors.Is(err, errRefused) && len(err.Error()) > 4000 {
			t.Errorf("an error of %d bytes", len(err.Error()))
		}
	})
}
