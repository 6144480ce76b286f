package main

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tidings/internal/boltstore"
	"tidings/internal/control"
	"tidings/internal/demo"
	"tidings/internal/feed"
	"tidings/internal/fetch"
	"tidings/internal/opml"
	"tidings/internal/poller"
)

// household is a tidings in memory but for its data file.
type household struct {
	*control.Client
	t      *testing.T
	store  *boltstore.Store
	poller *poller.Poller
}

func newHousehold(t *testing.T) *household {
	t.Helper()
	s, err := boltstore.Open(filepath.Join(t.TempDir(), "d.db"), boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	web := fetch.New(fetch.Options{AllowPrivate: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	p := poller.New(s, web, poller.Options{OnDemand: true, Retention: feed.DefaultRetention})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); p.Run(ctx) }()
	c := control.Local(control.Handler(s, p, slog.New(slog.DiscardHandler)))
	h := &household{c, t, s, p}
	t.Cleanup(func() {
		h.sound()
		c.Close()
		cancel()
		<-ended
		web.Close()
		s.Close()
	})
	return h
}

func (h *household) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *household) sound() {
	h.t.Helper()
	r, err := h.store.Check(context.Background())
	h.must(err)
	for _, p := range r.Problems {
		h.t.Errorf("check: %s", p)
	}
}

func (h *household) poll() {
	h.t.Helper()
	h.must(h.Poll(h.t.Context(), feed.PollRequest{All: true, Force: true}, func(int) {}, func(feed.Outcome) {}))
}

func (h *household) export() []byte {
	h.t.Helper()
	var b bytes.Buffer
	_, err := h.Export(h.t.Context(), &b, true)
	h.must(err)
	return b.Bytes()
}

// take takes in an archive and gives what that changed, and what was left out.
func (h *household) take(archive []byte) (feed.Absorbed, []string) {
	h.t.Helper()
	var problems []string
	out, err := h.Absorb(h.t.Context(), bytes.NewReader(archive),
		func(p feed.Problem) {
			problems = append(problems, fmt.Sprintf("%s %d: %s", p.File, p.Number, p.Reason))
		}, func(int, int) {})
	h.must(err)
	h.sound()
	return out, problems
}

// stories are all stories by URN, and how they look to readers.
func (h *household) stories() map[string]string {
	h.t.Helper()
	return storiesOf(h.t, h.store)
}

func storiesOf(t *testing.T, s *boltstore.Store) map[string]string {
	t.Helper()
	all := map[string]string{}
	(&victim{t: t}).eachStory(s, func(h feed.Headline) {
		full, err := s.Story(t.Context(), h.ID)
		if err != nil {
			t.Fatal(err)
		}
		var members []string
		for _, m := range full.Members {
			members = append(members, fmt.Sprint(m.Outlet.URL, m.Entry.GUID, m.Entry.Title, m.Verdict.Level, m.Verdict.Evidence, m.Body.Text()))
		}
		slices.Sort(members)
		all[h.URN] = fmt.Sprint(h.Entry.Title, h.Time, h.Mark, h.Kin, members)
	})
	return all
}

// furnished is a household that has lived: the demo's outlets polled while they
// publish, stories read, starred, split and joined, a feed removed, a rule set.
func furnished(t *testing.T, pub *demo.Publisher, base string, seed uint64) *household {
	t.Helper()
	h, ctx, rng := newHousehold(t), t.Context(), rand.New(rand.NewPCG(seed, 0))
	adds, err := h.Subscribe(ctx, wished(t, pub, base))
	h.must(err)
	h.poll()
	yes := true
	for range 6 {
		pub.Publish()
	}
	h.poll()
	page, err := h.Stories(ctx, feed.Query{Limit: 500})
	h.must(err)
	for _, s := range page.Stories {
		switch rng.IntN(6) {
		case 0:
			_, err = h.store.Mark(ctx, []uint64{s.ID}, feed.MarkChange{Read: &yes}, time.Now())
		case 1:
			_, err = h.store.Mark(ctx, []uint64{s.ID}, feed.MarkChange{Starred: &yes}, time.Now())
		case 2:
			if s.Copies > 1 {
				full, err := h.Story(ctx, s.ID)
				h.must(err)
				_, err = h.Split(ctx, s.ID, full.Members[1].Entry.ID)
				h.must(err)
			}
		}
		h.must(err)
	}
	_, err = h.Join(ctx, page.Stories[0].ID, page.Stories[3].ID)
	h.must(err)
	h.must(h.SetRule(ctx, feed.Scope{}, feed.Rule{Fold: feed.FoldExact}))
	h.must(h.SetRule(ctx, feed.Scope{Feed: adds[1].Subscription.ID}, feed.Rule{Events: "off"}))
	h.must(h.store.Prefer(ctx, feed.Scope{Feed: adds[5].Subscription.ID}, feed.Preferred))
	list, _, err := h.store.FollowList(ctx, feed.List{URL: base + "/demo.opml", Canonical: "demo"}, time.Now())
	h.must(err)
	_, err = h.store.CommitList(ctx, feed.ListHarvest{List: list.ID, Read: true, Title: "Demo", Wishes: []feed.Wish{{URL: adds[3].Subscription.URL, Canonical: adds[3].Subscription.Canonical}}}, time.Now())
	h.must(err)
	h.must(h.SetSetting(ctx, "feed-id", []byte("urn:uuid:its-own")))
	h.must(h.SetSetting(ctx, "password", []byte("secret-hash")))
	h.must(h.SetSetting(ctx, "session/x", []byte("secret-token")))
	h.must(h.Remove(ctx, adds[2].Subscription.ID))
	page, err = h.Stories(ctx, feed.Query{Limit: 3, Bodies: true})
	h.must(err)
	for _, s := range page.Stories {
		h.must(h.store.PutFullText(ctx, feed.FullText{Entry: s.Entry.ID, URL: s.Entry.URL, Fetched: time.Now(), Text: s.Body.Text(), Words: 7}))
	}
	h.must(h.store.PutIcon(ctx, base, dot(t), time.Now().Add(time.Hour)))
	h.must(h.SetSetting(ctx, "timetable", []byte(`{"Least":7200000000000}`)))
	h.must(h.SetSetting(ctx, "feed-key", []byte("key of the feeds")))
	h.must(h.store.PutSubscribers(ctx, feed.Subscriber{Topic: "https://us.example/feed.atom", Callback: "https://a.example/in", Secret: "hub-secret", Until: time.Now().Add(time.Hour)}))
	return h
}

// dot is a PNG of one pixel.
func dot(t *testing.T) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 1, 1))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func outlets(t *testing.T) (*demo.Publisher, string) {
	pub := demo.New(demo.Options{Start: time.Now()})
	origin := httptest.NewServer(pub.Handler())
	t.Cleanup(origin.Close)
	return pub, origin.URL
}

// wished are the demo's outlets, but for the one that takes its time.
func wished(t *testing.T, pub *demo.Publisher, base string) []feed.Wish {
	t.Helper()
	list, err := opml.Read(bytes.NewReader(pub.OPML(base)), opml.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(list.Wishes(), func(w feed.Wish) bool { return strings.Contains(w.URL, "slow") })
}

// What leaves a data file and enters a new one is the same, to the byte of the next
// archive; and entering it again changes nothing.
func TestEverythingOutAndIn(t *testing.T) {
	pub, base := outlets(t)
	for seed := range uint64(3) {
		h := furnished(t, pub, base, seed)
		first := h.export()
		if again := h.export(); !bytes.Equal(first, again) {
			t.Fatal("two archives of the same data file differ")
		}
		fresh := newHousehold(t)
		out, problems := fresh.take(first)
		if len(problems) > 0 || out.Entries == 0 || out.Decisions == 0 || out.Marks == 0 || out.Subscribers != 1 || out.Lists != 1 || out.Settings != 6 || out.Icons != 1 || out.Unsubscribed != 1 {
			t.Errorf("taken in: %+v, %q", out, problems)
		}
		if d := cmp.Diff(h.stories(), fresh.stories()); d != "" {
			t.Errorf("readers see something else (-want +got):\n%s", d)
		}
		compareArchives(t, first, fresh.export())
		if out, problems := fresh.take(first); out != (feed.Absorbed{Known: out.Known}) || len(problems) > 0 {
			t.Errorf("taken in twice: %+v, %q", out, problems)
		}
		compareArchives(t, first, fresh.export())
		if out, _ := h.take(first); out != (feed.Absorbed{Known: out.Known}) {
			t.Errorf("taken in where it came from: %+v", out)
		}
		compareArchives(t, first, h.export())
		for _, name := range []string{"password", "session/x"} {
			if v, err := fresh.store.Setting(t.Context(), name); v != nil || err != nil {
				t.Errorf("the secret %s came along: %q, %v", name, v, err)
			}
		}
		if v, err := fresh.store.Setting(t.Context(), "feed-id"); string(v) != "urn:uuid:its-own" || err != nil {
			t.Errorf("the id of the merged feed is %q, %v", v, err)
		}
		if every := fresh.poller.Timetable(); every.Least != 2*time.Hour {
			t.Errorf("the timetable of all feeds is %v", every)
		}
		fresh.poll() // what the publishers still serve is known
		before, after := h.stories(), fresh.stories()
		for urn := range after {
			if _, ok := before[urn]; !ok {
				t.Errorf("a poll after the import brought %s anew", urn)
			}
		}
	}
}

// An archive of the first format is taken in, and what it has leaves again.
func TestAnArchiveOfEarlierDays(t *testing.T) {
	old, err := os.ReadFile("testdata/archive-1.zip")
	if err != nil {
		t.Fatal(err)
	}
	h := newHousehold(t)
	out, problems := h.take(old)
	if want := (feed.Absorbed{Feeds: 19, Lists: 1, Entries: 95, Stories: 79, Marks: 18, Decisions: 4, Settings: 4, Subscribers: 1}); out != want || len(problems) > 0 {
		t.Errorf("taken in: %+v, %q; want %+v", out, problems, want)
	}
	want, got := unzip(t, old), unzip(t, h.export())
	delete(want, "manifest.json")
	for name, lines := range want {
		for line := range strings.Lines(lines) {
			if !strings.Contains(got[name], line) {
				t.Errorf("%s: lost, or changed: %.300s", name, line)
			}
		}
	}
}

// compareArchives demands that two archives have the same bytes, and says where they don't.
func compareArchives(t *testing.T, want, got []byte) {
	t.Helper()
	if bytes.Equal(want, got) {
		return
	}
	w, g := unzip(t, want), unzip(t, got)
	for name := range w {
		if d := cmp.Diff(strings.Split(w[name], "\n"), strings.Split(g[name], "\n")); d != "" {
			t.Errorf("%s (-want +got):\n%.2000s", name, d)
		}
	}
	t.Fatal("the archives differ")
}

func unzip(t *testing.T, b []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(content)
	}
	return files
}

func rezip(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, files[name])
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A data file that is in use takes in an archive without loss and without telling
// anything twice; what is read or starred on either side is so afterwards.
func TestAnArchiveIntoAUsedDataFile(t *testing.T) {
	pub, base := outlets(t)
	h := furnished(t, pub, base, 7)
	used := newHousehold(t)
	ws := wished(t, pub, base)
	slices.Reverse(ws)
	_, err := used.Subscribe(t.Context(), append([]feed.Wish{{URL: base + "/nothing.xml"}}, ws[:len(ws)/2]...))
	used.must(err)
	used.poll()
	yes := true
	page, err := used.Stories(t.Context(), feed.Query{})
	used.must(err)
	mine := page.Stories[1]
	_, err = used.store.Mark(t.Context(), []uint64{mine.ID}, feed.MarkChange{Starred: &yes, Read: &yes}, time.Now())
	used.must(err)
	before, theirs := used.stories(), h.stories()
	entries := func(h *household) map[string]int {
		n := map[string]int{}
		for line := range strings.SplitSeq(unzip(t, h.export())["seen.jsonl"], "\n") {
			if _, keys, ok := strings.Cut(line, `"keys":`); ok {
				n[keys[:36]]++
			}
		}
		return n
	}
	had, came := entries(used), entries(h)
	out, problems := used.take(h.export())
	if len(problems) > 0 || out.Known == 0 || out.Feeds == 0 || out.Entries == 0 {
		t.Errorf("taken in: %+v, %q", out, problems)
	}
	after := used.stories()
	for urn := range before {
		if _, ok := after[urn]; !ok {
			t.Errorf("%s, which was here, is lost", urn)
		}
	}
	now := entries(used)
	for key, n := range now {
		if n > max(had[key], came[key]) {
			t.Errorf("the entry %s is known %d times", key, n)
		}
	}
	for key := range came {
		if now[key] == 0 {
			t.Errorf("the entry %s of the archive is lost", key)
		}
	}
	full, err := used.Story(t.Context(), mine.ID)
	if err != nil || !full.Mark.Starred || !full.Mark.Read {
		t.Errorf("the mark that was here is %+v, %v", full.Mark, err)
	}
	starred := 0
	for urn, s := range theirs {
		if strings.Contains(s, "{false true") || strings.Contains(s, "{true true") {
			starred++
			if got, ok := after[urn]; ok && !strings.Contains(got, "{false true") && !strings.Contains(got, "{true true") {
				t.Errorf("%s has lost its star: %.100s", urn, got)
			}
		}
	}
	if starred == 0 {
		t.Error("no story of the archive was starred, which proves nothing")
	}
	second := used.export()
	if out, _ := used.take(h.export()); out != (feed.Absorbed{Known: out.Known}) {
		t.Errorf("taken in twice: %+v", out)
	}
	compareArchives(t, second, used.export())
	ds, err := used.Decisions(t.Context())
	if theirs, err2 := h.Decisions(t.Context()); err != nil || err2 != nil || len(ds) != len(theirs) {
		t.Errorf("%d decisions, %d in the archive; %v %v", len(ds), len(theirs), err, err2)
	}
}

// A bad line costs itself alone.
func TestBadLinesOfAnArchive(t *testing.T) {
	pub, base := outlets(t)
	files := unzip(t, furnished(t, pub, base, 1).export())
	stories := strings.Split(files["stories.jsonl"], "\n")
	script := strings.Replace(stories[2], `"content":"`, `"content":"<script>alert(1)</script><p onclick=x>good</p>`, 1)
	files["stories.jsonl"] = strings.Join(append([]string{stories[0], "{", script, "", `{"story":7}`, `{"story":-1}`}, stories[5:]...), "\n")
	files["feeds.jsonl"] = "nonsense\n" + files["feeds.jsonl"] + `{"feed":999,"url":"file:///etc/passwd"}` + "\n" + `{"feed":998,"url":"https://late.example/"}`
	files["settings.jsonl"] += `{"name":"password","value":"eA=="}` + "\n"
	files["of-the-future.jsonl"] = "?"
	h := newHousehold(t)
	_, problems := h.take(rezip(t, files))
	var places []string
	for _, p := range problems {
		place, _, _ := strings.Cut(p, ":")
		places = append(places, place)
	}
	n := strings.Count(files["feeds.jsonl"], "\n")
	want := []string{"feeds.jsonl 1", fmt.Sprint("feeds.jsonl ", n), fmt.Sprint("settings.jsonl ", strings.Count(files["settings.jsonl"], "\n")),
		"stories.jsonl 2", "stories.jsonl 5", "stories.jsonl 6"}
	if d := cmp.Diff(want, places); d != "" {
		t.Errorf("problems (-want +got):\n%s\n%q", d, problems)
	}
	for _, s := range h.stories() {
		if strings.Contains(s, "<script") || strings.Contains(s, "onclick") {
			t.Errorf("unsafe HTML came in: %.300s", s)
		}
	}
	if v, _ := h.store.Setting(t.Context(), "password"); v != nil {
		t.Error("an archive set the password")
	}
	if got := len(h.stories()); got != len(stories)-1-3 {
		t.Errorf("%d stories, want %d", got, len(stories)-1-3)
	}
}

// What is no whole archive changes nothing at all.
func TestWhatIsNoArchiveIsRefused(t *testing.T) {
	pub, base := outlets(t)
	whole := furnished(t, pub, base, 2).export()
	files := unzip(t, whole)
	with := func(name, content string) []byte {
		changed := maps.Clone(files)
		changed[name] = content
		return rezip(t, changed)
	}
	flipped := bytes.Clone(whole)
	flipped[len(flipped)/2] ^= 0xff
	without := maps.Clone(files)
	delete(without, "manifest.json")
	cases := map[string][]byte{
		"half":           whole[:len(whole)/2],
		"all but a byte": whole[:len(whole)-1],
		"a flipped byte": flipped,
		"no manifest":    rezip(t, without),
		"another format": with("manifest.json", `{"format":"else","version":1}`),
		"newer":          with("manifest.json", `{"format":"tidings-archive","version":3}`),
		"no zip":         []byte("PK\x03\x04 and so on"),
	}
	if !raceDetector { // to pack 200 MB takes a quarter of a minute with it
		cases["a bomb"] = with("stories.jsonl", strings.Repeat(strings.Repeat(" ", 1<<16)+"\n", 3000))
	}
	for what, b := range cases {
		h := newHousehold(t)
		_, err := h.Absorb(t.Context(), bytes.NewReader(b), func(feed.Problem) {}, func(int, int) {})
		if err == nil || !strings.Contains(err.Error(), "read archive: ") || !strings.Contains(err.Error(), "(") {
			t.Errorf("%s: %v, want an error with a hint", what, err)
		}
		if st, err := h.store.Stats(t.Context()); err != nil || st.Feeds != 0 || st.Entries != 0 {
			t.Errorf("%s: left %+v, %v", what, st, err)
		}
	}
}
