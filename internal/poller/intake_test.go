package poller

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"tidings/internal/feed"
	"tidings/internal/fetch"
)

// longList is a list of n feeds, a hundred in a folder, of 380 bytes each, as long as
// those that carry descriptions. Every tenth stands in a second folder at the end.
func longList(n int) []byte {
	var list bytes.Buffer
	list.WriteString("<opml><body>")
	line := func(i int) {
		fmt.Fprintf(&list, "<outline type=\"rss\" text=\"The feed of number %d &amp; others\" title=\"The feed of number %d &amp; others\" xmlUrl=\"https://site%d.example/feeds/all.xml\" htmlUrl=\"https://site%d.example/\" category=\"t%d\" description=\"%s\"/>\n",
			i, i, i, i, i%50, strings.Repeat("What it is about. ", 9))
	}
	for i := range n {
		if i%100 == 0 {
			fmt.Fprintf(&list, "<outline text=\"Folder %d\">\n", i/100)
		}
		line(i)
		if i%100 == 99 || i == n-1 {
			list.WriteString("</outline>\n")
		}
	}
	list.WriteString(`<outline text="Best">`)
	for i := 0; i < n; i += 10 {
		line(i)
	}
	list.WriteString("</outline></body></opml>")
	return list.Bytes()
}

// peak is the most memory that objects had, in bytes, live or not collected yet.
type peak struct{ most uint64 }

func (p *peak) look() {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	p.most = max(p.most, m.HeapAlloc)
}

// live is the memory of what is in use.
func live() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// importFile imports a list from a file, looks at memory after each batch, and gives
// how much more than before and than what stays was in use at most. The collector
// runs at every batch, so that garbage doesn't count.
func importFile(t testing.TB, p *Poller, file string) (extra, stays int64, sum feed.ImportSum) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	before, most, n := live(), uint64(0), 0
	sum, err = p.Import(t.Context(), feed.ImportRequest{Body: f}, func(feed.ImportLine) error {
		if n++; n%(10*batch) == 1 {
			most = max(most, live())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	after := live()
	return int64(most) - int64(max(before, after)), int64(after) - int64(before), sum
}

func listFile(t testing.TB, n int) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "list.opml")
	if err := os.WriteFile(file, longList(n), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// What an import holds beside the feeds themselves is a few bytes for each: a list of
// ten times the length doesn't cost ten times the memory.
func TestAnImportHoldsNoListInMemory(t *testing.T) {
	if raceDetector {
		t.Skip("the detector's memory is not the import's; it runs without it")
	}
	s := open(t)
	p, stop := start(t, s, newShelf(), Options{OnDemand: true})
	defer stop()
	const n = 20_000
	file := listFile(t, n)
	extra, stays, sum := importFile(t, p, file)
	if sum.Counts[feed.ImportAdded] != n || sum.Counts[feed.ImportTwice] != n/10 {
		t.Fatalf("counts %v", sum.Counts)
	}
	if size, _ := os.Stat(file); extra > 4<<20 {
		t.Errorf("a list of %d bytes took %d bytes while it was read, over the %d that its feeds take", size.Size(), extra, stays)
	}
}

// A feed's second folder stands thousands of lines behind the first, in another batch.
func TestAFarFolderBecomesATag(t *testing.T) {
	s := open(t)
	p, stop := start(t, s, newShelf(), Options{OnDemand: true})
	defer stop()
	const n = 3 * batch
	r, err := imported(t, p, feed.ImportRequest{Body: bytes.NewReader(longList(n)), Folder: "All"})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.IsSortedFunc(r.Lines, func(a, b feed.ImportLine) int { return a.Line - b.Line }) || len(r.Lines) != n+n/10 {
		t.Errorf("%d lines, or not in order", len(r.Lines))
	}
	fs, err := s.Subscriptions(t.Context())
	if err != nil || len(fs) != n {
		t.Fatalf("%d feeds, %v", len(fs), err)
	}
	for _, f := range fs {
		var i int
		fmt.Sscanf(f.Subscription.URL, "https://site%d.", &i)
		want := []string{fmt.Sprintf("t%d", i%50)}
		if i%10 == 0 {
			want = []string{"All/Best", want[0]}
		}
		if f.Subscription.Folder != fmt.Sprintf("All/Folder %d", i/100) || !slices.Equal(f.Subscription.Tags, want) {
			t.Fatalf("feed %d is in %q with %q", i, f.Subscription.Folder, f.Subscription.Tags)
		}
	}
}

// Cancelled in the midst, an import leaves whole feeds, their further folders with
// them; importing again completes it, to the same that one import makes.
func TestACancelledImportIsCompletedByAnother(t *testing.T) {
	const n = 4 * batch
	list := longList(n)
	s := open(t)
	p, stop := start(t, s, newShelf(), Options{OnDemand: true})
	defer stop()
	ctx, cancel := context.WithCancel(t.Context())
	told := 0
	_, err := p.Import(ctx, feed.ImportRequest{Body: bytes.NewReader(list)}, func(feed.ImportLine) error {
		if told++; told == batch+7 {
			cancel()
		}
		return nil
	})
	st, err2 := s.Stats(t.Context())
	if !errors.Is(err, context.Canceled) || err2 != nil || st.Feeds == 0 || st.Feeds >= n {
		t.Fatalf("cancelled: %v; %d feeds, %v", err, st.Feeds, err2)
	}
	r, err := imported(t, p, feed.ImportRequest{Body: bytes.NewReader(list)})
	if err != nil || r.Count(feed.ImportAdded) != n-st.Feeds || r.Count(feed.ImportKnown) != st.Feeds {
		t.Fatalf("again: %d added, %d known, %v", r.Count(feed.ImportAdded), r.Count(feed.ImportKnown), err)
	}
	whole := open(t)
	q, stop2 := start(t, whole, newShelf(), Options{OnDemand: true})
	defer stop2()
	if _, err := imported(t, q, feed.ImportRequest{Body: bytes.NewReader(list)}); err != nil {
		t.Fatal(err)
	}
	if got, want := exported(t, s), exported(t, whole); got != want {
		t.Error("cancelled and imported again is not what one import makes")
	}
	full := errors.New("terminal gone")
	if _, err := p.Import(t.Context(), feed.ImportRequest{Body: bytes.NewReader(list)}, func(feed.ImportLine) error { return full }); !errors.Is(err, full) {
		t.Errorf("a reader of lines that fails: %v", err)
	}
}

// The documents of an import are gone when it ends, however it ends.
func TestAnImportLeavesNoFiles(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	s := open(t)
	p, stop := start(t, s, newShelf("|alpha"), Options{OnDemand: true})
	defer stop()
	for _, r := range []feed.ImportRequest{{Body: strings.NewReader(mixed)}, {Body: strings.NewReader("nothing")}, {URL: listURL}, {URL: "gopher://x.example/"}} {
		_, _ = p.Import(t.Context(), r, func(feed.ImportLine) error { return nil })
	}
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
}

// Our own lists leave credentials out of addresses; to import one again adds nothing.
func TestAListKnowsFeedsByAddressesWithoutCredentials(t *testing.T) {
	s, w := open(t), newShelf()
	p, stop := start(t, s, w, Options{OnDemand: true})
	defer stop()
	wish(t, p, "https://ann:secret@alpha.example/feed")
	list := `<opml><body><outline text="A" xmlUrl="https://alpha.example/feed"/><outline text="B" xmlUrl="https://bob:pw@beta.example/feed"/>
		<outline text="B, open" xmlUrl="https://beta.example/feed"/></body></opml>`
	for i, want := range []map[feed.ImportState]int{{feed.ImportKnown: 1, feed.ImportAdded: 2}, {feed.ImportKnown: 3}} {
		r, err := imported(t, p, feed.ImportRequest{Body: strings.NewReader(list)})
		if err != nil {
			t.Fatal(err)
		}
		for state, n := range want {
			if r.Count(state) != n {
				t.Errorf("import %d: %q", i+1, spelled(r))
			}
		}
	}
	if fs, err := s.Subscriptions(t.Context()); err != nil || len(fs) != 3 {
		t.Errorf("%d feeds, %v", len(fs), err)
	}
}

// Included lists are asked for once, though the import reads them twice.
func TestIncludedListsAreAskedOnce(t *testing.T) {
	s, w := open(t), newShelf("|alpha")
	w.extra = `<outline text="In" type="include" url="in.opml"/><outline text="Gone" type="include" url="gone.opml"/>`
	answer := w.answer
	w.answer = func(r fetch.Request) (*fetch.Response, error) {
		switch {
		case strings.HasSuffix(r.URL, "/in.opml"):
			return &fetch.Response{Status: 200, URL: r.URL, Body: []byte(`<opml><body><outline text="A" xmlUrl="https://alpha.example/feed"/></body></opml>`)}, nil
		case strings.HasSuffix(r.URL, "/gone.opml"):
			return nil, &fetch.Error{Kind: feed.FailureMissing, URL: r.URL, Err: errors.New("not found")}
		}
		return answer(r)
	}
	p, stop := start(t, s, w, Options{OnDemand: true})
	defer stop()
	r, err := imported(t, p, feed.ImportRequest{URL: listURL})
	if err != nil || r.Count(feed.ImportTwice) != 1 || r.Count(feed.ImportFailed) != 1 || r.Count(feed.ImportAdded) != 1 {
		t.Fatal(spelled(r), err)
	}
	if n := len(w.at("lists.example")); n != 3 {
		t.Errorf("%d requests, want 3", n)
	}
	wantTags := []string{"In"}
	if fs, err := s.Subscriptions(t.Context()); err != nil || !slices.Equal(fs[0].Subscription.Tags, wantTags) {
		t.Errorf("%+v, %v", fs, err)
	}
}

// BenchmarkImport reads and stores lists of 5,000 and of 50,000 feeds (with those that
// are named twice 55,000 outlines, 19 MB) from a file. It reports the peak of the heap
// with its garbage, and what is in use beyond the memory of the feeds themselves.
func BenchmarkImport(b *testing.B) {
	for _, n := range []int{5000, 50_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			file := listFile(b, n)
			var heap peak
			var began uint64
			for b.Loop() {
				b.StopTimer()
				p, stop := start(b, open(b), newShelf(), Options{OnDemand: true})
				f, err := os.Open(file)
				if err != nil {
					b.Fatal(err)
				}
				began = live()
				lines := 0
				b.StartTimer()
				sum, err := p.Import(b.Context(), feed.ImportRequest{Body: f}, func(feed.ImportLine) error {
					if lines++; lines%(5*batch) == 0 {
						heap.look()
					}
					return nil
				})
				b.StopTimer()
				if err != nil || sum.Counts[feed.ImportAdded] != n {
					b.Fatal(sum, err)
				}
				f.Close()
				stop()
				b.StartTimer()
			}
			b.ReportMetric(float64(heap.most-began)/1e6, "peak-MB")
			p, stop := start(b, open(b), newShelf(), Options{OnDemand: true})
			defer stop()
			extra, stays, _ := importFile(b, p, file)
			b.ReportMetric(float64(max(0, extra))/1e6, "extra-MB")
			b.ReportMetric(float64(stays)/1e6, "stays-MB")
		})
	}
}
