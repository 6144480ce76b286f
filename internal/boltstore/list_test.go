package boltstore

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tidings/internal/feed"
)

// Check knows what a list may be.
func TestCheckKnowsLists(t *testing.T) {
	ctx, now := context.Background(), time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for what, spoil := range map[string]func(w *work, l feed.List){
		"names feed 77, which never was": func(w *work, l feed.List) {
			l.Members[0].Feed = 77
			w.putRecord(tList, number(l.ID), recordList(l))
		},
		"twice, or out of order": func(w *work, l feed.List) {
			l.Members = append(l.Members, l.Members[0])
			w.putRecord(tList, number(l.ID), recordList(l))
		},
		"list 2 has the address of list 1": func(w *work, l feed.List) {
			_, _ = w.b(tList).NextSequence()
			w.putRecord(tList, number(l.ID+1), recordList(l))
		},
		"number 9 is in use": func(w *work, l feed.List) {
			l.Canonical = "another"
			w.putRecord(tList, number(9), recordList(l))
		},
		"can't be read": func(w *work, l feed.List) { w.put(tList, number(l.ID), []byte{0xff}) },
	} {
		s, err := open(filepath.Join(t.TempDir(), "news.db"), Options{}, migrations())
		if err != nil {
			t.Fatal(err)
		}
		l, _, err := s.FollowList(ctx, feed.List{URL: "https://l.example/"}, now)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.CommitList(ctx, feed.ListHarvest{List: l.ID, Read: true, Wishes: []feed.Wish{{URL: "https://a.example/"}}}, now); err != nil {
			t.Fatal(err)
		}
		if got := problems(t, s); len(got) > 0 {
			t.Errorf("before: %q", got)
		}
		ls, err := s.Lists(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.update(ctx, func(w *work) error { spoil(w, ls[0]); return nil }); err != nil {
			t.Fatal(err)
		}
		if got := problems(t, s); !slices.ContainsFunc(got, func(p string) bool { return strings.Contains(p, what) }) {
			t.Errorf("%q is not among %q", what, got)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}
