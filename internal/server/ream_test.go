package server

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"
	"time"

	"tidings/internal/feed"
)

// A report as long as a list is has all of its lines on its pages, those that failed
// first, and holds none of them in memory.
func TestALongReportIsPaged(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	w := newWorld(t, 1, nil)
	var lines []feed.ImportLine
	for i := range 3*reportLines + 20 {
		l := feed.ImportLine{State: feed.ImportAdded, Line: i + 1, Title: fmt.Sprint("Feed ", i), URL: "https://a.example/", Feed: uint64(i + 1)}
		if i%3 == 2 {
			l.State, l.Reason, l.Feed = feed.ImportFailed, "it is odd", 0
		}
		lines = append(lines, l)
	}
	rep, err := newReport(feed.ImportReport{Title: "Long", Lines: lines})
	if err != nil {
		t.Fatal(err)
	}
	path := "/import/" + w.shelf.put(rep)
	var want, got []string
	for _, failed := range []bool{true, false} {
		for _, l := range lines {
			if (l.State == feed.ImportFailed) == failed {
				want = append(want, l.Title)
			}
		}
	}
	for n := 1; n <= 4; n++ {
		p := w.get(t, fmt.Sprintf("%s?page=%d", path, n)).status(200).page()
		for _, row := range p.find(".report tbody th") {
			title, _, _ := strings.Cut(row.text(), " https:")
			got = append(got, title)
		}
		if n == 1 && len(p.find(".pages a")) != 4 {
			t.Errorf("%d links to pages", len(p.find(".pages a")))
		}
	}
	if strings.Join(got, ",") != strings.Join(want, ",") {
		t.Errorf("%d lines on the pages, want %d, or in another order:\n%.300s", len(got), len(want), got)
	}
	w.get(t, path+"?page=5").status(404)
	w.get(t, path+"?page=0").status(404)
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) == 0 {
		t.Errorf("the lines are in memory: %v, %v", left, err)
	}
	w.Close()
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if _, err := rep.lines(0, 1); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("lines of a closed report: %v", err)
	}
}

// What falls from the shelf leaves no file, and what comes after its end neither.
func TestTheShelfClosesWhatItForgets(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	long := func() *report {
		rep := &report{}
		if err := rep.note(feed.ImportLine{State: feed.ImportAdded}); err != nil {
			t.Fatal(err)
		}
		return rep
	}
	s := newShelf(time.Hour, 2)
	for range 5 {
		s.put(long())
	}
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) != 2 {
		t.Errorf("%d files, %v; want 2", len(left), err)
	}
	s.end()
	s.put(long())
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) != 0 {
		t.Errorf("%d files, %v; want none", len(left), err)
	}
}
