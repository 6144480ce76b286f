package boltstore

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"

	"tidings/internal/feed"
)

// Whatever is wrong in the index of due feeds, claims mend what they meet of it: it
// gives no feed that isn't due, and isn't due itself for ever.
func TestClaimMendsTheIndex(t *testing.T) {
	past := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for what, hurt := range map[string]func(*bolt.Bucket) error{
		"no subscription": func(b *bolt.Bucket) error { return b.Put(dueKey(past, 99), packDue("x.example", false)) },
		"bad value":       func(b *bolt.Bucket) error { return b.Put(dueKey(past, 99), []byte{7}) },
		"no value":        func(b *bolt.Bucket) error { return b.Put(dueKey(past, 1), nil) },
		"bad key":         func(b *bolt.Bucket) error { return b.Put([]byte{1, 2, 3}, packDue("x.example", false)) },
		"a feed's old row": func(b *bolt.Bucket) error {
			return b.Put(dueKey(past, 1), packDue("alpha.example", false))
		},
		"a removed feed":  func(b *bolt.Bucket) error { return b.Put(dueKey(past, 3), packDue("gamma.example", false)) },
		"only an old row": func(b *bolt.Bucket) error { k, v := b.Cursor().First(); return move(b, k, dueKey(past, 1), v) },
	} {
		t.Run(what, func(t *testing.T) {
			s := openHere(t, filepath.Join(t.TempDir(), "news.db"), nil)
			furnish(t, s)
			now := time.Date(2026, 3, 1, 12, 30, 0, 0, time.UTC) // the feeds are due at one
			damage(t, s, func(b func(table) *bolt.Bucket) error { return hurt(b(tDue)) })
			if d := cmp.Diff([]uint64(nil), claimed(t, s, now)); d != "" {
				t.Errorf("claimed, though not due (-want +got):\n%s", d)
			}
			one := time.Date(2026, 3, 1, 13, 0, 0, 0, time.UTC)
			if at, ok, err := s.NextDue(t.Context()); err != nil || !ok || !at.Equal(one) {
				t.Errorf("next due at %v, %v, %v; want %v", at, ok, err, one)
			}
			clean(t, s)
			if d := cmp.Diff([]uint64{1, 2}, claimed(t, s, one)); d != "" {
				t.Errorf("claimed (-want +got):\n%s", d)
			}
		})
	}
}

// A row that can't be read says no site: its feed isn't claimed past the bounds of
// a query, and is due as before once the row is mended.
func TestClaimMendsTheRowOfADueFeed(t *testing.T) {
	s := openHere(t, filepath.Join(t.TempDir(), "news.db"), nil)
	furnish(t, s)
	damage(t, s, func(b func(table) *bolt.Bucket) error {
		k, _ := b(tDue).Cursor().First()
		return b(tDue).Put(k, []byte{9})
	})
	later := time.Date(2026, 3, 1, 14, 0, 0, 0, time.UTC)
	q := feed.ClaimQuery{Now: later, Lease: time.Minute, Max: 9, Only: map[uint64]bool{}}
	if cs, err := s.Claim(t.Context(), q); err != nil || len(cs) > 0 {
		t.Errorf("claim of no feed: %v, %v", cs, err)
	}
	clean(t, s)
	if d := cmp.Diff([]uint64{1, 2}, claimed(t, s, later)); d != "" {
		t.Errorf("claimed (-want +got):\n%s", d)
	}
}

func move(b *bolt.Bucket, from, to, value []byte) error {
	value = append([]byte(nil), value...)
	if err := b.Delete(from); err != nil {
		return err
	}
	return b.Put(to, value)
}

func claimed(t *testing.T, s *Store, now time.Time) (ids []uint64) {
	t.Helper()
	cs, err := s.Claim(t.Context(), feed.ClaimQuery{Now: now, Lease: time.Minute, Max: 9})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cs {
		ids = append(ids, c.Subscription.ID)
	}
	return ids
}
