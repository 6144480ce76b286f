package websub

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"tidings/internal/feed"
)

const day = 24 * time.Hour

// §5.1 and §5.3: the hub is asked as the Recommendation says, asks back, and pushes.
func TestSubscribeIsAskedAndConfirmed(t *testing.T) {
	inWorld(t, Options{UserAgent: "tidings/1"}, func(w *world) {
		w.pass(time.Second)
		asked := w.hubs.all()
		if len(asked) != 1 {
			t.Fatalf("asked %v", asked)
		}
		f, l := asked[0], w.lease()
		if f.Get("hub.mode") != "subscribe" || f.Get("hub.topic") != topic || f.Get("hub.callback") != l.Callback || f.Get("hub.lease_seconds") != "864000" || f.Get("hub") != hubURL {
			t.Errorf("asked %v", f)
		}
		if s := f.Get("hub.secret"); len(s) < 40 || len(s) >= 200 || s != l.Secret {
			t.Errorf("secret %q, kept %q", s, l.Secret)
		}
		if token, ok := strings.CutPrefix(l.Callback, public+"/websub/"); !ok || len(token) < 40 {
			t.Errorf("callback %q can be guessed", l.Callback)
		}
		if !w.sub.Until(1).IsZero() {
			t.Error("it is relied on before it was confirmed")
		}
		status, body := w.ask(l.Callback, "hub.mode", "subscribe", "hub.topic", topic, "hub.challenge", "a b&<c>\x01", "hub.lease_seconds", "86400")
		if status != 200 || body != "a b&<c>\x01" {
			t.Errorf("%d %q", status, body)
		}
		if got := w.sub.Until(1); got != time.Now().Add(day) || !got.Equal(w.lease().Until) {
			t.Errorf("until %v, stored %v", got, w.lease().Until)
		}
		if rec := w.send(l.Callback, l.Secret, "sha256", "<feed/>"); rec.Code != 202 {
			t.Errorf("a document is answered %d", rec.Code)
		}
		if d := w.poller.documents(); len(d) != 1 || d[0].Feed != 1 || string(d[0].Body) != "<feed/>" || d[0].ContentType != "application/atom+xml" {
			t.Errorf("the poller got %+v", d)
		}
	}, silent)
}

// A hub without https gets no secret (§5.1), and its documents need no signature.
func TestSecretOnlyWhereNobodyListens(t *testing.T) {
	inWorld(t, Options{}, func(w *world) {
		w.store.follow(feed.Hubbed{Feed: 2, URL: "http://mole.example/f", Topic: "http://mole.example/f", Hubs: []string{"http://hub.example/"}})
		w.pass(5 * time.Second)
		for _, f := range w.hubs.all() {
			if secure := strings.HasPrefix(f.Get("hub"), "https:"); f.Has("hub.secret") != secure {
				t.Errorf("asked %v", f)
			}
		}
		w.hubs.set(func() { w.hubs.answer[hubURL], w.hubs.to = 307, "http://open.example/" })
		w.pass(10 * day)
		for _, f := range w.hubs.all() {
			if f.Get("hub") == "http://open.example/" && f.Has("hub.secret") {
				t.Error("a secret was sent on to an address without https")
			}
		}
	})
}

// W203 and W204: 307 and 308 are followed with the same form; the SSRF rules are those of
// the feed that names the hub.
func TestRedirectsAreFollowed(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		inWorld(t, Options{}, func(w *world) {
			w.pass(time.Second)
			asked := w.hubs.all()
			followed := status >= 307
			if (len(asked) == 2) != followed || (!w.sub.Until(1).IsZero()) != followed {
				t.Fatalf("%d: asked %v", status, asked)
			}
			if followed && (asked[1].Get("hub") != hubURL+"second" || asked[1].Get("hub.secret") != asked[0].Get("hub.secret")) {
				t.Errorf("%d: asked %v", status, asked[1])
			}
			for _, o := range w.hubs.namers() {
				if o != topic {
					t.Errorf("asked by the rules for %q", o)
				}
			}
		}, func(h *hubs) { h.answer[hubURL], h.to = status, "/second" })
	}
	inWorld(t, Options{}, func(w *world) {
		w.pass(time.Second)
		if n := len(w.hubs.all()); n != maxHops+1 {
			t.Errorf("a circle was asked %d times", n)
		}
	}, func(h *hubs) { h.answer[hubURL], h.to = 307, hubURL })
}

// A lease is renewed before it ends, with the same callback; a hub that has gone silent
// leaves it to end, and the poller is told.
func TestLeaseIsRenewedBeforeItEnds(t *testing.T) {
	inWorld(t, Options{}, func(w *world) {
		w.pass(time.Second)
		first := w.hubs.all()[0]
		for range 6 {
			w.pass(10 * day)
			if until := w.sub.Until(1); !until.After(time.Now()) {
				t.Fatalf("the lease ended at %v, it is %v", until, time.Now())
			}
		}
		again := w.hubs.all()
		if len(again) < 6 || len(again) > 10 {
			t.Errorf("asked %d times in 60 days", len(again))
		}
		for _, f := range again {
			if f.Get("hub.callback") != first.Get("hub.callback") || f.Get("hub.mode") != "subscribe" || f.Get("hub.secret") != first.Get("hub.secret") {
				t.Errorf("renewed as %v", f)
			}
		}
		w.hubs.set(func() { w.hubs.answer[hubURL] = 500 })
		w.pass(11 * day)
		if !w.sub.Until(1).IsZero() || !slices.Equal(w.poller.told(), []uint64{1}) {
			t.Errorf("until %v, told of %v", w.sub.Until(1), w.poller.told())
		}
		if rec := w.send(first.Get("hub.callback"), "", "", "<feed/>"); rec.Code != 410 {
			t.Errorf("after its end a document is answered %d", rec.Code)
		}
	})
}

// A feed that is removed or paused is unsubscribed, which the hub must confirm; then its
// callback is gone.
func TestUnsubscribeWhenNoLongerFollowed(t *testing.T) {
	inWorld(t, Options{}, func(w *world) {
		w.pass(time.Second)
		callback := w.lease().Callback
		w.hubs.all()
		w.hubs.set(func() { w.hubs.verify = false })
		w.store.leave(1)
		w.pass(10 * time.Second)
		asked := w.hubs.all()
		if len(asked) != 1 || asked[0].Get("hub.mode") != "unsubscribe" || asked[0].Get("hub.callback") != callback || asked[0].Get("hub.topic") != topic || asked[0].Has("hub.secret") {
			t.Fatalf("asked %v", asked)
		}
		if !w.sub.Until(1).IsZero() {
			t.Error("it is still relied on")
		}
		if status, _ := w.ask(callback, "hub.mode", "subscribe", "hub.topic", topic, "hub.challenge", "c", "hub.lease_seconds", "86400"); status != 404 {
			t.Errorf("a subscription that nobody wants any more is answered %d", status)
		}
		if rec := w.send(callback, "", "", "<feed/>"); rec.Code != 410 {
			t.Errorf("a document is answered %d", rec.Code)
		}
		if status, body := w.ask(callback, "hub.mode", "unsubscribe", "hub.topic", topic, "hub.challenge", "c"); status != 200 || body != "c" {
			t.Errorf("%d %q", status, body)
		}
		if ls, _ := w.store.Leases(t.Context()); len(ls) > 0 {
			t.Errorf("left %+v", ls)
		}
		w.store.follow(feed.Hubbed{Feed: 1, URL: topic, Topic: topic, Hubs: []string{hubURL}})
		w.pass(10 * time.Second)
		if w.lease().Callback == callback {
			t.Error("a callback is used again")
		}
	})
}

// A hub that doesn't confirm the end is asked three times and then forgotten.
func TestUnsubscribeIsNotAskedForEver(t *testing.T) {
	inWorld(t, Options{}, func(w *world) {
		w.pass(time.Second)
		w.hubs.set(func() { w.hubs.verify = false })
		w.hubs.all()
		w.store.leave(1)
		w.pass(30 * day)
		if n := len(w.hubs.all()); n != 3 {
			t.Errorf("asked %d times", n)
		}
		if ls, _ := w.store.Leases(t.Context()); len(ls) > 0 {
			t.Errorf("left %+v", ls)
		}
	})
}

// W205 and more: whatever we didn't ask for is answered 404 and changes nothing.
func TestOnlyWhatWeAskedForIsConfirmed(t *testing.T) {
	inWorld(t, Options{}, func(w *world) {
		w.pass(time.Second)
		callback := w.lease().Callback
		q := func(mode, topic, challenge, lease string) []string {
			return []string{"hub.mode", mode, "hub.topic", topic, "hub.challenge", challenge, "hub.lease_seconds", lease}
		}
		for name, tc := range map[string]struct {
			callback string
			q        []string
		}{
			"unknown callback":     {public + "/websub/ABCDEF", q("subscribe", topic, "c", "86400")},
			"another topic":        {callback, q("subscribe", topic+"2", "c", "86400")},
			"no topic":             {callback, q("subscribe", "", "c", "86400")},
			"unsubscribe":          {callback, q("unsubscribe", topic, "c", "")},
			"another mode":         {callback, q("publish", topic, "c", "86400")},
			"denied, other topic":  {callback, q("denied", topic+"2", "", "")},
			"no challenge":         {callback, q("subscribe", topic, "", "86400")},
			"a huge challenge":     {callback, q("subscribe", topic, strings.Repeat("x", 3000), "86400")},
			"lease of 0":           {callback, q("subscribe", topic, "c", "0")},
			"lease below 0":        {callback, q("subscribe", topic, "c", "-86400")},
			"lease of ten seconds": {callback, q("subscribe", topic, "c", "10")},
			"lease of nonsense":    {callback, q("subscribe", topic, "c", "soon")},
		} {
			if status, body := w.ask(tc.callback, tc.q...); status != 404 || strings.Contains(body, "xxx") {
				t.Errorf("%s: %d %.40q", name, status, body)
			}
			if !w.sub.Until(1).IsZero() {
				t.Fatalf("%s: it is relied on", name)
			}
		}
		if rec := w.send(callback, "", "", "<feed/>"); rec.Code != 410 || len(w.poller.documents()) > 0 {
			t.Errorf("a document before the confirmation is answered %d", rec.Code)
		}
	}, silent)
}

// A lease of a hundred years, or beyond all numbers, is believed for 30 days; one that
// isn't said is that which was asked for.
func TestLongLeasesAreBelievedForAMonth(t *testing.T) {
	for said, want := range map[string]time.Duration{"3153600000": 30 * day, "99999999999999999999999": 30 * day, "": 10 * day, "300": 5 * time.Minute} {
		inWorld(t, Options{}, func(w *world) {
			w.pass(time.Second)
			pairs := []string{"hub.mode", "subscribe", "hub.topic", topic, "hub.challenge", "c"}
			if said != "" {
				pairs = append(pairs, "hub.lease_seconds", said)
			}
			if status, _ := w.ask(w.lease().Callback, pairs...); status != 200 || time.Until(w.sub.Until(1)) != want {
				t.Errorf("%q: %d, %v", said, status, time.Until(w.sub.Until(1)))
			}
		}, silent)
	}
}

// §5.2: a hub that denies is not asked again for a week, and the poller is told.
func TestDenied(t *testing.T) {
	inWorld(t, Options{}, func(w *world) {
		w.pass(time.Second)
		callback := w.lease().Callback
		if status, _ := w.ask(callback, "hub.mode", "denied", "hub.topic", topic, "hub.reason", "no more"); status != 200 {
			t.Errorf("answered %d", status)
		}
		if !w.sub.Until(1).IsZero() || !slices.Equal(w.poller.told(), []uint64{1}) {
			t.Errorf("until %v, told of %v", w.sub.Until(1), w.poller.told())
		}
		w.hubs.all()
		w.pass(6 * day)
		if n := len(w.hubs.all()); n > 0 {
			t.Errorf("asked %d times again", n)
		}
		w.pass(2 * day)
		if len(w.hubs.all()) == 0 {
			t.Error("never asked again")
		}
	})
}

// W300 to W302 and §8: every method counts, and nothing else.
func TestSignatures(t *testing.T) {
	inWorld(t, Options{}, func(w *world) {
		w.pass(time.Second)
		l := w.lease()
		for i, method := range []string{"sha1", "sha256", "sha384", "sha512"} {
			body := fmt.Sprintf("<feed>%s</feed>", method)
			if rec := w.send(l.Callback, l.Secret, method, body); rec.Code/100 != 2 || len(w.poller.documents()) != i+1 {
				t.Errorf("%s: %d, %d documents", method, rec.Code, len(w.poller.documents()))
			}
		}
		before := len(w.poller.documents())
		for name, header := range map[string]string{
			"none": "", "of another secret": signature("guess", "sha256", "<forged/>"), "of another body": signature(l.Secret, "sha256", "<feed/>"),
			"unknown method": "md5=" + strings.Repeat("0", 32), "no method": signature(l.Secret, "sha256", "<forged/>")[7:],
			"cut off": signature(l.Secret, "sha256", "<forged/>")[:40], "empty": "sha256=", "no hex": "sha256=zz",
			"another method's": "sha512=" + signature(l.Secret, "sha256", "<forged/>")[7:],
		} {
			r, _ := http.NewRequest("POST", l.Callback, strings.NewReader("<forged/>"))
			r.Header.Set("X-Hub-Signature", header)
			rec := w.raw(r)
			if rec.Code/100 != 2 || len(w.poller.documents()) != before {
				t.Errorf("%s: %d, %d documents more", name, rec.Code, len(w.poller.documents())-before)
			}
		}
	})
}

// Bodies, bodies at once, documents that wait and documents of one feed have limits, and
// who is beyond them is told to come again.
func TestFloods(t *testing.T) {
	inWorld(t, Options{MaxBody: 1000, MaxWaiting: 2500, Burst: 5, Refill: 10 * time.Second}, func(w *world) {
		w.pass(time.Second)
		l := w.lease()
		if rec := w.send(l.Callback, l.Secret, "sha256", strings.Repeat("x", 1001)); rec.Code != 413 {
			t.Errorf("a huge body is answered %d", rec.Code)
		}
		hold := make(chan struct{})
		w.poller.set(func() { w.poller.hold = hold })
		var codes []int
		for i := range 4 {
			codes = append(codes, w.send(l.Callback, l.Secret, "sha256", strings.Repeat(fmt.Sprint(i), 1000)).Code)
		}
		if want := []int{202, 202, 503, 503}; !slices.Equal(codes, want) {
			t.Errorf("while two wait: %v", codes)
		}
		rec := w.send(l.Callback, l.Secret, "sha256", "<feed/>")
		if rec.Code != 429 || rec.Header().Get("Retry-After") != "10" {
			t.Errorf("the sixth at once: %d, %v", rec.Code, rec.Header())
		}
		close(hold)
		w.pass(10 * time.Second)
		if rec := w.send(l.Callback, l.Secret, "sha256", "<feed/>"); rec.Code != 202 {
			t.Errorf("after a while: %d", rec.Code)
		}
		if n := len(w.poller.documents()); n != 3 {
			t.Errorf("%d documents", n)
		}
		for range 1000 { // of who doesn't know the callback
			if rec := w.send(public+"/websub/"+strings.Repeat("A", 52), "", "", strings.Repeat("x", 900)); rec.Code != 410 {
				t.Fatalf("answered %d", rec.Code)
			}
		}
	})
}

// The same document twice is read once; what can't be read is the word that there is
// something new.
func TestRepeatedAndUnreadableDocuments(t *testing.T) {
	inWorld(t, Options{}, func(w *world) {
		w.pass(time.Second)
		l := w.lease()
		for range 3 {
			w.send(l.Callback, l.Secret, "sha256", "<feed/>")
		}
		if n := len(w.poller.documents()); n != 1 {
			t.Errorf("read %d times", n)
		}
		w.poller.set(func() { w.poller.err = fmt.Errorf("not a feed") })
		w.send(l.Callback, l.Secret, "sha256", "ping")
		if !slices.Equal(w.poller.refreshed(), []uint64{1}) {
			t.Errorf("polled %v", w.poller.refreshed())
		}
	})
}

// A hub that promises and leaves it to the poll to find what is new isn't relied on, until
// it pushes.
func TestSilentHubIsNotReliedOn(t *testing.T) {
	inWorld(t, Options{}, func(w *world) {
		w.pass(time.Second)
		w.sub.Polled(feed.Outcome{Feed: 1, New: 3}) // of before the promise
		if w.sub.Until(1).IsZero() {
			t.Error("what was new before the promise is held against the hub")
		}
		w.sub.Polled(feed.Outcome{Feed: 1})
		w.sub.Polled(feed.Outcome{Feed: 1, New: 1})
		w.pass(time.Second)
		if !w.sub.Until(1).IsZero() || !slices.Equal(w.poller.told(), []uint64{1}) {
			t.Errorf("relied on until %v; told of %v", w.sub.Until(1), w.poller.told())
		}
		if named, pushed, relied := w.sub.Count(); named != 1 || pushed != 1 || relied != 0 {
			t.Errorf("counts %d %d %d", named, pushed, relied)
		}
		w.sub.Polled(feed.Outcome{Feed: 1, New: 1, Pushed: true})
		if w.sub.Until(1).IsZero() {
			t.Error("a hub that pushes isn't relied on")
		}
	})
}

// Of several hubs the next is asked where one refuses or never asks back, and no hub that
// was never confirmed is told to stop.
func TestNextHub(t *testing.T) {
	second := "https://second.example/hub"
	for name, lie := range map[string]func(h *hubs){
		"refuses":          func(h *hubs) { h.answer[hubURL] = 400 },
		"never asks back":  func(h *hubs) { h.verify = false },
		"promises nothing": func(h *hubs) { h.seconds = "0" },
	} {
		inWorld(t, Options{}, func(w *world) {
			w.store.leave(1)
			w.store.follow(feed.Hubbed{Feed: 2, URL: topic, Topic: topic, Hubs: []string{hubURL, second}})
			w.pass(day)
			w.hubs.set(func() { w.hubs.verify, w.hubs.seconds = true, "" })
			w.pass(day)
			asked := w.hubs.all()
			if w.sub.Until(2).IsZero() {
				t.Errorf("%s: nobody pushes; asked %v", name, asked)
			}
			if !slices.ContainsFunc(asked, func(f url.Values) bool { return f.Get("hub") == second }) {
				t.Errorf("%s: the second was never asked: %v", name, asked)
			}
			if len(asked) > 12 {
				t.Errorf("%s: asked %d times in two days", name, len(asked))
			}
			if slices.ContainsFunc(asked, func(f url.Values) bool { return f.Get("hub.mode") == "unsubscribe" && f.Get("hub.topic") != topic }) {
				t.Errorf("%s: asked %v", name, asked)
			}
		}, lie)
	}
}

// A feed that changes hub or topic is subscribed to anew, and given back where it was.
func TestAnotherHubAndAnotherTopic(t *testing.T) {
	inWorld(t, Options{}, func(w *world) {
		w.pass(time.Second)
		old := w.lease().Callback
		w.hubs.all()
		w.store.follow(feed.Hubbed{Feed: 1, URL: topic, Topic: topic + "?canonical", Hubs: []string{"https://other.example/"}})
		w.pass(10 * time.Second)
		modes := map[string]string{}
		for _, f := range w.hubs.all() {
			modes[f.Get("hub.mode")] = f.Get("hub") + " " + f.Get("hub.topic")
		}
		if modes["unsubscribe"] != hubURL+" "+topic || modes["subscribe"] != "https://other.example/ "+topic+"?canonical" {
			t.Errorf("asked %v", modes)
		}
		if w.lease().Callback == old || w.sub.Until(1).IsZero() {
			t.Errorf("lease %+v", w.lease())
		}
	})
}

// Hubs are asked one request a second, whatever the number of feeds; a restart asks for
// nothing that is promised, and goes on where it was.
func TestManyFeedsAndARestart(t *testing.T) {
	inWorld(t, Options{}, func(w *world) {
		for i := range uint64(99) {
			w.store.follow(feed.Hubbed{Feed: i + 2, URL: fmt.Sprintf("https://f%d.example/", i), Topic: fmt.Sprintf("https://f%d.example/", i), Hubs: []string{hubURL}})
		}
		w.pass(3 * time.Minute)
		if n := len(w.hubs.all()); n != 100 {
			t.Errorf("asked %d times", n)
		}
		times := w.hubs.when()
		for i, at := range times[1:] {
			if gap := at.Sub(times[i]); gap < time.Second {
				t.Fatalf("request %d came %v after the one before", i+1, gap)
			}
		}
		w.end()
		if rec := w.send(w.store.one().Callback, "", "", "<feed/>"); rec.Code != 503 {
			t.Errorf("while nothing runs, a document is answered %d", rec.Code)
		}
		w.start(Options{})
		w.pass(time.Hour)
		if n := len(w.hubs.all()); n != 0 || w.sub.Until(50).IsZero() {
			t.Errorf("after a restart %d requests, until %v", n, w.sub.Until(50))
		}
		w.end()
		w.start(Options{PublicURL: "https://moved.example"})
		w.pass(3 * time.Minute)
		if n := len(w.hubs.all()); n != 100 || !strings.HasPrefix(w.store.one().Callback, "https://moved.example/") {
			t.Errorf("under another address %d requests, %+v", n, w.store.one())
		}
	})
}
