package server

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"tidings/internal/feed"
)

// rostered is a world whose feeds published differently, one of them copied by another.
func rostered(t testing.TB) *world {
	w := newWorld(t, 0, nil)
	now := time.Now()
	story := func(id uint64, days int, feeds ...uint64) feed.Full {
		at := now.Add(-time.Duration(days)*24*time.Hour - time.Duration(id%50)*time.Minute).Truncate(time.Second)
		f := feed.Full{Headline: feed.Headline{Story: feed.Story{ID: id, Event: id, Time: at, URN: fmt.Sprint("urn:x:", id)}}}
		for i, of := range feeds {
			m := feed.Member{Outlet: feed.Outlet{Feed: of}, Entry: feed.Entry{Feed: of, Title: fmt.Sprintf("Story %d", id), Published: at, Seen: at}}
			if i > 0 {
				m.Verdict = feed.Verdict{Level: feed.LevelSameText, Of: 1}
			}
			f.Members = append(f.Members, m)
		}
		return f
	}
	var fulls []feed.Full
	id := uint64(1000)
	add := func(days int, feeds ...uint64) {
		fulls = append(fulls, story(id, days, feeds...))
		id--
	}
	for day := range 20 { // feed 1: one a day, every other of them in feed 2, too
		add(day, append([]uint64{1}, []uint64{2}[:(day+1)%2]...)...)
	}
	for range 30 { // feed 6: many on one day
		add(3, 6)
	}
	add(40, 4)
	w.store.tell(t, fulls...)
	return w
}

// names are those of the feeds of a page, in its order.
func (a *answer) names() (names []string) {
	for _, x := range a.page().find("#roster a.name") {
		names = append(names, x.text())
	}
	return names
}

func TestFeedsAreSortedByEachColumn(t *testing.T) {
	w := rostered(t)
	for sort, want := range map[string]struct{ down, up string }{
		"name":   {"أخبار الصباح", "Bits & Pieces <weekly>"},
		"health": {"Wissenschaft heute", "Bits & Pieces <weekly>"},
		"week":   {"Wissenschaft heute", "Bits & Pieces <weekly>"},
		"unread": {"Wissenschaft heute", "Bits & Pieces <weekly>"},
		"share":  {"The Harbour Courier", "Bits & Pieces <weekly>"},
		"new":    {"Meridian Wire", "Bits & Pieces <weekly>"},
	} {
		t.Run(sort, func(t *testing.T) {
			natural := w.get(t, "/feeds?sort="+sort).status(200)
			head := natural.one(natural.page(), "th[aria-sort]")
			dir := strings.TrimSuffix(head.attr("aria-sort"), "ending")
			for range 2 {
				a := w.get(t, "/feeds?sort="+sort+"&dir="+dir).status(200)
				first, named := a.names()[0], map[string]string{"desc": want.down, "asc": want.up}[dir]
				if sort == "new" && dir == "asc" || sort == "health" && dir == "desc" || sort == "name" {
					named = first // several feeds share the last place, and names are compared elsewhere
				}
				if got := a.one(a.page(), "th[aria-sort]").attr("aria-sort"); first != named || got != dir+"ending" {
					t.Errorf("%s: first is %q, want %q; aria-sort %q", dir, first, named, got)
				}
				next, err := url.Parse(a.one(a.page(), "th[aria-sort] a").attr("href"))
				if err != nil {
					t.Fatal(err)
				}
				q := parseRoster(next.Query())
				if dir = map[string]string{"desc": "asc", "asc": "desc"}[dir]; q.Sort != sort || q.falling() != (dir == "desc") {
					t.Errorf("the head leads to %s", next)
				}
			}
		})
	}
	up, down := w.get(t, "/feeds?sort=name").names(), w.get(t, "/feeds?sort=name&dir=desc").names()
	slices.Reverse(down)
	if !slices.Equal(up, down) || !slices.IsSortedFunc(up, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) }) {
		t.Errorf("by name: %q and %q", up, down)
	}
}

func TestFeedsTellWhatTheyPublish(t *testing.T) {
	w := rostered(t)
	a := w.get(t, "/feeds").status(200)
	checkPage(a)
	row := a.one(a.page(), "tr#f1")
	if got := row.find("td.n")[0].text(); got != "7" {
		t.Errorf("%s entries a week, want 7", got)
	}
	if got := row.find("td.n span")[1].attr("title"); got != "50 % of this feed you also get elsewhere" {
		t.Errorf("share: %q", got)
	}
	svg := a.one(row, "svg")
	if got := svg.attr("aria-label"); got != "Published on 20 of the last 30 days, at most 1 entry a day" || strings.Count(a.one(svg, "path").attr("d"), "z") != 20 {
		t.Errorf("plot: %q", got)
	}
	if got := a.one(a.page(), "tr#f5 svg").attr("aria-label"); got != "Nothing in the last 30 days" {
		t.Errorf("plot of a feed without entries: %q", got)
	}
	a = w.get(t, "/feeds/1").status(200)
	if got := a.one(a.page(), ".paced figcaption").text(); got != "Published on 20 of the last 60 days, at most 1 entry a day. 7 entries a week. 50 % of this feed you also get elsewhere." {
		t.Errorf("page of a feed: %q", got)
	}
}

func TestFeedsAreFiltered(t *testing.T) {
	w := rostered(t)
	for query, want := range map[string][]string{
		"name=WIRE":                {"Meridian Wire"},
		"name=outlet6":             {"Wissenschaft heute"},
		"folder=World&sort=unread": {"Meridian Wire", "The Harbour Courier", "أخبار الصباح", "Northern Broadcasting"},
		"folder=World/Middle+East": {"أخبار الصباح"},
		"folder=/":                 {"Notes from a shed"},
		"health=paused":            {"The Slow Almanac"},
		"health=trouble":           {"Bits & Pieces <weekly>", "Northern Broadcasting"},
		"health=failing":           {"Northern Broadcasting"},
		"health=new&folder=World":  nil,
		"name=%3Cb%3E":             nil,
	} {
		a := w.get(t, "/feeds?"+query).status(200)
		checkPage(a)
		if got := a.names(); !slices.Equal(got, want) {
			t.Errorf("%s lists %q, want %q", query, got, want)
		}
	}
}

// A long list has pages; a folder that goes on has its heading again.
func TestManyFeedsHavePages(t *testing.T) {
	w := newWorld(t, -1, nil)
	w.store.many(t, 250)
	a := w.get(t, "/feeds?page=3&sort=name").status(200)
	checkPage(a)
	if got := len(a.names()); got != 50 || len(a.page().find("nav.pages a")) != 3 || a.one(a.page(), "nav.pages [aria-current]").text() != "3" {
		t.Errorf("%d feeds on the last of the pages", got)
	}
	if got := len(w.get(t, "/feeds?page=99").names()); got != 50 {
		t.Errorf("%d feeds beyond the last page", got)
	}
	if got := a.one(a.page(), "label[for=all]").text(); got != "All 250 feeds of this list, on all pages" {
		t.Errorf("all: %q", got)
	}
}

func TestHealthInWords(t *testing.T) {
	now := time.Now()
	long := now.Add(-100 * 24 * time.Hour)
	day := func(t time.Time) string { return t.Local().Format("2 January 2006") }
	for _, tt := range []struct {
		name       string
		x          feed.Following
		state      string
		word, text string
	}{
		{"well", feed.Following{State: feed.State{Polled: now}}, isFine, "Well", ""},
		{"new", feed.Following{}, isNew, "New", "Not polled yet."},
		{"once", feed.Following{State: feed.State{Polled: now, Failures: 1, Failure: feed.FailureTemporary}}, isWaiting, "Not reached", "It can’t be reached, or its server is in trouble."},
		{"thrice", feed.Following{State: feed.State{Polled: now, Failures: 3, Failure: feed.FailureTemporary, Since: now}}, isFailing, "Failing",
			"It can’t be reached, or its server is in trouble. Since " + day(now) + ", 3 polls in a row."},
		{"limited", feed.Following{State: feed.State{Polled: now, Failures: 9, Failure: feed.FailureLimited}}, isWaiting, "Waiting", "The publisher asks for a pause."},
		{"dead", feed.Following{State: feed.State{Polled: now, Failures: 9, Failure: feed.FailureMissing, Since: long}}, isDead, "Dead",
			"Dead since " + day(long.Add(14*24*time.Hour)) + ": every poll has failed since " + day(long) + "."},
		{"stale", feed.Following{State: feed.State{Polled: now, Answered: now, Rhythm: feed.Rhythm{Last: long, Longest: 48 * time.Hour}}}, isStale, "Stale",
			"Stale since " + day(long.Add(60*24*time.Hour)) + ": no new entry since " + day(long) + ", where it used to pause for 2 days at most."},
		{"empty", feed.Following{State: feed.State{Polled: now, Empty: true}}, isWaiting, "Suspicious", "The last document had no entries although earlier ones had."},
		{"until", feed.Following{Subscription: feed.Subscription{When: feed.Timetable{Until: now.Add(time.Hour)}}}, isPaused, "Paused", "Until " + day(now.Add(time.Hour)) + "."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHealth(nil, tt.x, now)
			if h.State != tt.state || h.Word != tt.word || h.Text != tt.text {
				t.Errorf("%+v, want %q, %q, %q", h, tt.state, tt.word, tt.text)
			}
			if trouble := slices.Contains([]string{isDead, isFailing, isStale, isWaiting}, h.State); trouble && h.Todo == "" {
				t.Error("nothing is said about what to do")
			}
		})
	}
}
