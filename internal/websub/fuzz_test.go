package websub

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// Whatever a stranger asks or sends, nothing is promised and nothing is taken: only the
// hub that was asked, in the words that were asked for.
func FuzzCallbacks(f *testing.F) {
	f.Add("hub.mode=subscribe&hub.topic=https%3A%2F%2Fquay.example%2Ffeed&hub.challenge=c&hub.lease_seconds=1", "sha1=00", []byte("<feed/>"))
	f.Add("hub.mode=unsubscribe&hub.topic=x&hub.challenge=%00", "=", []byte{})
	f.Add("%zz&;", "sha512=zz", []byte("\x1f\x8b"))
	f.Fuzz(func(t *testing.T, query, sign string, body []byte) {
		synctest.Test(t, func(t *testing.T) {
			w := &world{t: t, store: newMemory(), poller: &polls{}, hubs: &hubs{answer: map[string]int{}, verify: true}}
			w.store.follow(hubbed())
			w.start(Options{})
			defer func() { w.end() }()
			l := w.lease()
			r := httptest.NewRequest(http.MethodGet, l.Callback, nil)
			r.URL.RawQuery = query
			rec := w.raw(r)
			q, _ := url.ParseQuery(query)
			honest := q.Get("hub.topic") == topic && (q.Get("hub.mode") == subscribe || q.Get("hub.mode") == denied)
			if rec.Code != http.StatusNotFound && !honest {
				t.Errorf("%q is answered %d", query, rec.Code)
			}
			if until := w.sub.Until(1); time.Until(until) > 30*24*time.Hour {
				t.Errorf("pushed until %v", until)
			}
			post := httptest.NewRequest(http.MethodPost, l.Callback, strings.NewReader(string(body)))
			post.Header["X-Hub-Signature"] = []string{sign}
			w.raw(post)
			if len(w.poller.documents()) > 0 && !signed(l.Secret, sign, body) {
				t.Error("a forged document was taken")
			}
		})
	})
}
