package server

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"tidings/internal/feed"
)

// state changes what polling learned of a feed.
func (w *world) state(t *testing.T, id uint64, change func(*feed.State)) {
	t.Helper()
	f, err := w.store.Subscription(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	change(&f.State)
	if err := w.store.Commit(t.Context(), []feed.Harvest{{Feed: id, State: f.State}}); err != nil {
		t.Fatal(err)
	}
}

func TestTheReceiptTellsWhatPublishersWouldAsk(t *testing.T) {
	w := newWorld(t, 1, nil)
	now := time.Now()
	w.state(t, 3, func(st *feed.State) {
		st.Due, st.Why = now.Add(3*time.Hour), "it publishes about 4 times a day"
		st.Ledger = st.Ledger.Note(now.Add(-100*time.Hour), feed.Exchange{Requests: 6, Received: 50_000})
		st.Ledger = st.Ledger.Note(now, feed.Exchange{Requests: 4, Unchanged: 3, Failed: 1, Received: 2048, Saved: 9 << 20})
	})
	f, err := w.store.Subscription(t.Context(), 3)
	if err != nil {
		t.Fatal(err)
	}
	a := w.get(t, "/receipt").status(200)
	p := a.page()
	if got := p.find("tfoot tr")[0].text(); got != "All 4 75 % 2 KB 9.0 MB 1 10 30 % 50 KB 9.0 MB 1" {
		t.Errorf("the sum is %q", got)
	}
	a = w.get(t, "/receipt?site="+url.QueryEscape(f.Subscription.Site)).status(200)
	var row string
	for _, r := range a.page().find("tbody tr") {
		if strings.Contains(r.text(), "Northern Broadcasting") {
			row = r.text()
		}
	}
	if !strings.HasPrefix(row, "Northern Broadcasting 4 75 % 2 KB 9.0 MB 1 10 30 % 50 KB 9.0 MB 1") || !strings.HasSuffix(row, "because it publishes about 4 times a day") || !strings.Contains(row, "in 2 h") && !strings.Contains(row, "in 3 h") {
		t.Errorf("the feed's row is %q", row)
	}
	w.get(t, "/receipt?site=nobody.example").status(404)
}

func TestStaleAndDeadFeedsAreMarkedWithReasonAndFirstDay(t *testing.T) {
	w := newWorld(t, 1, nil)
	now := time.Now()
	w.state(t, 1, func(st *feed.State) {
		st.Rhythm = feed.Rhythm{At: now, Last: now.Add(-100 * 24 * time.Hour), Longest: 20 * 24 * time.Hour}
	})
	w.state(t, 3, func(st *feed.State) { st.Since = now.Add(-20 * 24 * time.Hour) })
	p := w.get(t, "/feeds").status(200).page()
	var all []string
	for _, x := range p.find("small.why") {
		all = append(all, x.text())
	}
	text := strings.Join(all, "\n")
	for _, want := range []string{
		"Stale since " + now.Add(-20*24*time.Hour).Local().Format("2 January 2006") + ": no new entry since " + now.Add(-100*24*time.Hour).Local().Format("2 January 2006") + ", where it used to pause for 20 days at most.",
		"See on the site whether it goes on elsewhere",
		"Dead since " + now.Add(-6*24*time.Hour).Local().Format("2 January 2006") + ": every poll has failed since " + now.Add(-20*24*time.Hour).Local().Format("2 January 2006") + ".",
		"Look on the site for the feed’s new address",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
}

func TestTimesOfPollsCanBeChosen(t *testing.T) {
	w := newWorld(t, 1, nil)
	w.post(t, "/feeds/3/times", url.Values{"every": {"2h"}, "least": {""}, "most": {"1 day"}, "until": {"2099-12-24"}}).status(303)
	f, err := w.store.Subscription(t.Context(), 3)
	want := feed.Timetable{Every: 2 * time.Hour, Most: 24 * time.Hour, Until: time.Date(2099, 12, 24, 0, 0, 0, 0, time.Local).UTC()}
	if err != nil || !f.Subscription.When.Until.Equal(want.Until) || f.Subscription.When.Every != want.Every || f.Subscription.When.Most != want.Most {
		t.Errorf("%+v %v, want %+v", f.Subscription.When, err, want)
	}
	p := w.get(t, "/feeds/3").status(200).page()
	if got := p.find("#when-every")[0].attr("value") + " " + p.find("#when-most")[0].attr("value") + " " + p.find("#when-until")[0].attr("value"); got != "2h 1d 2099-12-24" {
		t.Errorf("the form has %q", got)
	}
	for _, bad := range []url.Values{{"every": {"1m"}}, {"every": {"often"}}, {"until": {"Christmas"}}, {"least": {"3h"}, "most": {"1h"}}} {
		w.post(t, "/feeds/3/times", bad).status(422)
	}
	w.post(t, "/settings/times", url.Values{"least": {"30m"}}).status(303).location("/settings?done=…")
	if got := w.poller.Timetable(); got != (feed.Timetable{Least: 30 * time.Minute}) {
		t.Errorf("for all feeds: %+v", got)
	}
	w.get(t, "/settings").status(200)
}

func TestTheFirstPollsCanBeCancelled(t *testing.T) {
	w := newWorld(t, 1, nil)
	w.poller.set(feed.Progress{Running: true, First: true, Total: 9, Done: 8})
	p := w.get(t, "/feeds").status(200).page()
	if forms := p.find("#poll form"); len(forms) != 1 || forms[0].attr("action") != "/feeds/cancel" {
		t.Fatalf("%d ways to cancel", len(forms))
	}
	a := w.post(t, "/feeds/cancel", url.Values{}).status(303)
	w.poller.set(feed.Progress{})
	if got := w.get(t, a.Header().Get("Location")).page().find(".flash p")[0].text(); !strings.HasPrefix(got, "Cancelled: 1 feed was unsubscribed") {
		t.Errorf("flash %q", got)
	}
	w.get(t, "/feeds/9").status(404)
}
