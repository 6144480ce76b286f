package boltstore

import (
	"path/filepath"
	"testing"
	"time"

	"tidings/internal/feed"
)

// Who is told what an archive lacks may be slow, a person's terminal for one: others
// can write meanwhile.
func TestProblemsAreToldWhenOthersCanWrite(t *testing.T) {
	s := openHere(t, filepath.Join(t.TempDir(), "news.db"), migrations())
	sub := feed.Subscription{ID: 1, URL: "https://alpha.example/feed", Canonical: "alpha.example/feed"}
	orphan := &feed.KeptStory{Story: feed.Story{ID: 7, URN: "urn:x"}, Members: []feed.KeptMember{{Entry: feed.Entry{ID: 9, Feed: 5, Story: 7}}}}
	told := 0
	out, err := s.Absorb(t.Context(), holdings{&feed.KeptFeed{Subscription: sub}, &feed.KeptFeed{Subscription: sub}, orphan}, time.Now(), feed.Telling{
		Problem: func(p feed.Problem) {
			told++
			if !s.write.TryLock() {
				t.Errorf("%q is told while nobody can write", p.Reason)
				return
			}
			s.write.Unlock()
		},
		Leased: func() {}, Progress: func(int, int) {},
	})
	if err != nil || told != 2 || out.Problems != told {
		t.Errorf("%d told, %+v, %v; want 2", told, out, err)
	}
}
