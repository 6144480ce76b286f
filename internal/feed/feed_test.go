package feed

import (
	"errors"
	"testing"
	"time"
)

func TestCursorsComeBack(t *testing.T) {
	for _, c := range []Cursor{{}, {time.Unix(1795365559, 0).UTC(), 88}, {time.Unix(-5, 0).UTC(), 1}, {time.Unix(0, 0).UTC(), 1 << 63}} {
		got, err := ParseCursor(c.String())
		if err != nil || !got.Time.Equal(c.Time) || got.Story != c.Story {
			t.Errorf("%q came back as %v, %v", c.String(), got, err)
		}
	}
	for _, bad := range []string{"x", "1", "-1", "1-", "1-x", "x-1", "1-2-3x", "99999999999999999999-1"} {
		if c, err := ParseCursor(bad); err == nil {
			t.Errorf("%q was read as %v", bad, c)
		}
	}
}

// The ids of stories leave the house: other readers know stories by them, so they
// must be the same in every version.
func TestStoryURNIsPinned(t *testing.T) {
	const want = "urn:uuid:9bc3d666-5222-5714-b1de-67ba5048fbfd"
	if got := StoryURN("https://example.org/feed", "guid-1"); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if StoryURN("https://example.org/feed", "guid-1") == StoryURN("https://example.org/feed", "guid-2") {
		t.Error("two stories share an id")
	}
}

func TestAnEntrysTime(t *testing.T) {
	p, u, s := time.Unix(1, 0), time.Unix(2, 0), time.Unix(3, 0)
	for _, tt := range []struct {
		e    Entry
		want time.Time
	}{{Entry{Published: p, Updated: u, Seen: s}, p}, {Entry{Updated: u, Seen: s}, u}, {Entry{Seen: s}, s}} {
		if got := tt.e.Time(); !got.Equal(tt.want) {
			t.Errorf("%v, want %v", got, tt.want)
		}
	}
}

func TestNames(t *testing.T) {
	s, st := Subscription{URL: "https://example.org/feed"}, State{}
	if got := Name(s, st); got != s.URL {
		t.Errorf("%q, want the address", got)
	}
	st.Title = "theirs"
	if got := Name(s, st); got != "theirs" {
		t.Errorf("%q, want the publisher's", got)
	}
	s.Title = "mine"
	if got := (Following{Subscription: s, State: st}).Name(); got != "mine" {
		t.Errorf("%q, want the reader's", got)
	}
}

func TestHintsKeepTheirCause(t *testing.T) {
	err := WithHint(ErrNotFound, "look elsewhere")
	if !errors.Is(err, ErrNotFound) || err.Error() != "not found (look elsewhere)" {
		t.Errorf("%v", err)
	}
	if WithHint(nil, "x") != nil {
		t.Error("a hint made an error of none")
	}
}
