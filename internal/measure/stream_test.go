package measure

import (
	"fmt"
	"testing"
	"time"

	"tidings/internal/feed"
)

func at(hours int) time.Time {
	return time.Unix(1767268800, 0).UTC().Add(time.Duration(hours) * time.Hour)
}

func TestAStreamNumbersStoriesByTheirFirstItem(t *testing.T) {
	s := NewStream(48 * time.Hour)
	var got []string
	for _, it := range []Item{
		{ID: "one", Feed: "Reed", Time: at(0), Title: "Fog stops a ferry", Text: ferry},
		{ID: "two", Feed: "Wire", Time: at(1), Title: "Bakers ask for longer nights"},
		{ID: "three", Feed: "Gazette", Time: at(2), Title: "Ferry aground off Lund Point", Text: ferry},
		{ID: "four", Title: "An owl nests in the town hall"},
	} {
		p := s.Add(it)
		got = append(got, fmt.Sprintf("%d %d %s %s %s %s %s", p.Entry, p.Story, p.ID, p.StoryID, p.EventID, p.OfID, p.Verdict.Level))
	}
	want := []string{"1 1 one one one  new", "2 2 two two two  new", "3 1 three one one one same-text", "4 4 four four four  new"}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("item %d: got %q, want %q", i+1, got[i], want[i])
		}
	}
}

func TestItemsWithoutAFeedAreOfDifferentOnes(t *testing.T) {
	s := NewStream(48 * time.Hour)
	s.Add(Item{ID: "one", Title: "Fog stops a ferry", Text: ferry})
	if p := s.Add(Item{ID: "two", Title: "Ferry aground off Lund Point", Text: ferry}); p.StoryID != "one" {
		t.Errorf("the copy went to %q", p.StoryID)
	}
	s.Add(Item{ID: "three", Feed: "Reed", Title: "Notices to sailors", Text: "All notices are published on the board beside the harbour office, where they stay for a week."})
	p := s.Add(Item{ID: "four", Feed: "Reed", Title: "Tide table", Text: "All notices are published on the board beside the harbour office, where they stay for a week."})
	if p.Verdict.Level != feed.LevelNew {
		t.Errorf("boilerplate of one feed joined %q as %s", p.StoryID, p.Verdict.Level)
	}
}

// Whatever the length of the stream, only the window is remembered; the id of a
// story that lives on is.
func TestAStreamForgetsWhatLeftTheWindow(t *testing.T) {
	s := NewStream(24 * time.Hour)
	first := s.Add(Item{ID: "first", Feed: "f0", Time: at(0), Title: "Fog stops a ferry", Text: ferry})
	for i := 1; i < 40; i++ {
		p := s.Add(Item{ID: fmt.Sprint("copy", i), Feed: fmt.Sprint("f", i), Time: at(10 * i), Title: "Ferry aground off Lund Point", Text: ferry})
		if p.Story != first.Story || p.StoryID != "first" {
			t.Fatalf("copy %d went to story %d, %q", i, p.Story, p.StoryID)
		}
	}
	if len(s.recent) > 4 || len(s.names) > 5 || len(s.feeds) > 4 {
		t.Errorf("kept %d entries, %d names, %d feeds", len(s.recent), len(s.names), len(s.feeds))
	}
	for i := range 1000 {
		s.Add(Item{ID: fmt.Sprint("new", i), Time: at(1000 + i), Title: fmt.Sprint("Tide table ", i)})
	}
	if len(s.recent) > 30 || len(s.names) > 30 || len(s.feeds) != 0 {
		t.Errorf("kept %d entries, %d names, %d feeds", len(s.recent), len(s.names), len(s.feeds))
	}
	if s.Name(first.Story) != "" {
		t.Error("the first story is still remembered")
	}
}
