package boltstore

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tidings/internal/feed"
)

var errKilled = errors.New("killed")

// diesAt lets the store die just before its nth commit from now on: what kill -9 leaves
// then is the file as it was.
func (s *Store) diesAt(n int) {
	s.fault = func() error {
		if n--; n < 0 {
			return errKilled
		}
		return nil
	}
}

// way is what a reader does around unsubscribing from feed 1, step by step, and how many
// commits each step makes.
func way(now time.Time) (steps []func(t *testing.T, s *Store) error, commits []int) {
	at := func(h int) time.Time { return now.Add(time.Duration(h) * time.Hour) }
	remove := func(h int) func(*testing.T, *Store) error {
		return func(t *testing.T, s *Store) error { _, err := s.Unsubscribe(t.Context(), 1, at(h)); return err }
	}
	back := func(t *testing.T, s *Store) error { _, err := s.Resubscribe(t.Context(), 1); return err }
	wish := func(t *testing.T, s *Store) error {
		_, err := s.Subscribe(t.Context(), []feed.Wish{{URL: "https://alpha.example/feed", Canonical: "alpha.example/feed"}}, at(3))
		return err
	}
	purge := func(t *testing.T, s *Store) error { _, err := s.Purge(t.Context(), at(9)); return err }
	return []func(*testing.T, *Store) error{remove(1), back, remove(2), wish, remove(4), purge}, []int{1, 1, 1, 1, 1, 2}
}

// Whoever is killed before any commit on the way of unsubscribing, taking back and
// forgetting finds a sound file, in which each step has been taken whole or not at all;
// and taking the rest of the steps then leads to where it always leads.
func TestKilledAtEachCommitOfUnsubscribing(t *testing.T) {
	dir, now := t.TempDir(), time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	whole := filepath.Join(dir, "whole.db")
	s := opened(t, whole)
	furnish(t, s)
	shut(t, s)
	start, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	steps, commits := way(now)
	between := undisturbed(t, whole, steps)
	for i, n := range commits {
		for k := range n + 1 {
			t.Run(fmt.Sprintf("step %d, commit %d", i, k), func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "news.db")
				if err := os.WriteFile(path, start, 0o600); err != nil {
					t.Fatal(err)
				}
				killed(t, path, steps, i, k, k == n, between)
			})
		}
	}
}

func opened(t *testing.T, path string) *Store {
	t.Helper()
	s, err := open(path, Options{}, migrations())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// undisturbed takes the steps, and gives what a reader sees before the first and after each.
func undisturbed(t *testing.T, path string, steps []func(*testing.T, *Store) error) (seen [][]any) {
	t.Helper()
	s := openHere(t, path, migrations())
	for _, step := range steps {
		seen = append(seen, sight(t, s))
		if err := step(t, s); err != nil {
			t.Fatal(err)
		}
	}
	return append(seen, sight(t, s))
}

// sight is what a reader sees, and what could come back.
func sight(t *testing.T, s *Store) []any {
	t.Helper()
	gone, err := s.Unsubscribed(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	followed, err := s.Subscriptions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var feeds []string
	for _, f := range followed {
		feeds = append(feeds, fmt.Sprintf("%d %s %d entries, %d unread", f.Subscription.ID, f.Name(), f.Entries, f.Unread))
	}
	tallies, err := s.HourTallies(t.Context(), time.Time{}, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	return []any{feeds, gone, tallies, len(river(t, s))}
}

// killed takes the steps up to the ith, is killed before its kth commit (or after its
// last), and takes the rest after a restart.
func killed(t *testing.T, path string, steps []func(*testing.T, *Store) error, i, k int, done bool, between [][]any) {
	s := opened(t, path)
	for _, step := range steps[:i] {
		if err := step(t, s); err != nil {
			t.Fatal(err)
		}
	}
	s.diesAt(k)
	if err := steps[i](t, s); done != (err == nil) || !done && !errors.Is(err, errKilled) {
		t.Fatalf("the step ended with %v; done is %v: the number of its commits is wrong", err, done)
	}
	s.fault = nil
	shut(t, s)
	s = openHere(t, path, migrations())
	clean(t, s)
	want := between[i]
	if k > 0 {
		want = between[i+1]
	}
	if d := cmp.Diff(want, sight(t, s)); d != "" {
		t.Errorf("after the restart (-want +got):\n%s", d)
	}
	rest := steps[i:]
	if done || k > 0 && i < len(steps)-1 {
		rest = steps[i+1:]
	}
	for _, step := range rest {
		if err := step(t, s); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff(between[len(steps)], sight(t, s)); d != "" {
		t.Errorf("at the end (-want +got):\n%s", d)
	}
	if left := rows(t, s, tRemoved); len(left) > 0 {
		t.Errorf("%d rows are left of what was purged, such as %x", len(left), slices.Sorted(maps.Keys(left))[0])
	}
}

// A purge that was killed halfway leaves rows to be swept. A feed that is followed and
// unsubscribed from again meanwhile doesn't bring them back.
func TestWhatWasPurgedHalfwayDoesNotComeBack(t *testing.T) {
	s, now := openHere(t, filepath.Join(t.TempDir(), "news.db"), migrations()), time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	furnish(t, s)
	ctx, yes := t.Context(), true
	if changed, err := s.Mark(ctx, []uint64{2}, feed.MarkChange{Starred: &yes}, now); err != nil || len(changed) != 1 {
		t.Fatal(changed, err) // the star lets the feed keep its number
	}
	if _, err := s.Unsubscribe(ctx, 1, now); err != nil {
		t.Fatal(err)
	}
	s.diesAt(1)
	if _, err := s.Purge(ctx, now.Add(time.Hour)); !errors.Is(err, errKilled) {
		t.Fatalf("purge: %v", err)
	}
	s.fault = nil
	as, err := s.Subscribe(ctx, []feed.Wish{{URL: "https://alpha.example/feed", Canonical: "alpha.example/feed"}}, now)
	if err != nil || as[0].Subscription.ID != 1 {
		t.Fatalf("%+v %v, want feed 1 again", as, err)
	}
	before := sight(t, s)
	if _, err := s.Unsubscribe(ctx, 1, now.Add(2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Resubscribe(ctx, 1); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(before, sight(t, s)); d != "" {
		t.Errorf("what was purged came back (-want +got):\n%s", d)
	}
	clean(t, s)
}
