package boltstore

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"tidings/internal/feed"
)

// A file that is damaged where nobody looked yet is an error, and never a panic.
func TestDamageIsAnErrorWhereverItIsMet(t *testing.T) {
	now := time.Unix(1800000000, 0)
	for what, c := range map[string]struct {
		hurt func(b func(table) *bolt.Bucket) error
		meet func(s *Store) error
	}{
		"a story whose key is none": {
			func(b func(table) *bolt.Bucket) error { return b(tStory).Put([]byte{255, 1, 2}, []byte("junk")) },
			func(s *Store) error { _, err := s.Titles(t.Context(), 0, 10); return err },
		},
		"an entry that its story doesn't list": {
			func(b func(table) *bolt.Bucket) error { return b(tMember).Delete(memberKey(2, 2, 1)) },
			func(s *Store) error {
				_, err := s.Regroup(t.Context(), []feed.Regrouped{{Entry: 1, Story: 2}, {Entry: 2, Story: 2}}, now)
				return err
			},
		},
	} {
		t.Run(what, func(t *testing.T) {
			s := opened(t, filepath.Join(t.TempDir(), "news.db"))
			defer s.Close()
			furnish(t, s)
			damage(t, s, c.hurt)
			if err := c.meet(s); !errors.Is(err, errDamaged) {
				t.Errorf("%v, want errDamaged", err)
			}
		})
	}
}

// An entry that a rebuild puts into two stories at once is refused, and nothing changes.
func TestAnEntryIsPutIntoOneStory(t *testing.T) {
	s := openHere(t, filepath.Join(t.TempDir(), "news.db"), migrations())
	furnish(t, s)
	before := sight(t, s)
	_, err := s.Regroup(t.Context(), []feed.Regrouped{{Entry: 2, Story: 1}, {Entry: 2, Story: 3}}, time.Unix(1800000000, 0))
	if err == nil {
		t.Error("it was put into both")
	}
	if after := sight(t, s); after[3] != before[3] {
		t.Errorf("%d stories, %d before", after[3], before[3])
	}
}

// What a cache keeps under the number of a river that was asked for before anything was
// read stands for no later state of it.
func TestTheNumberOfARiverNeverComesBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "news.db")
	s := opened(t, path)
	furnish(t, s)
	shut(t, s)
	s = openHere(t, path, migrations())
	q := feed.Query{Feed: 1, Unread: true}
	given := map[uint64]bool{s.RiverVersion(q): true}
	for i := range int(s.Version()) + 3 {
		read := i%2 == 0
		if changed, err := s.Mark(t.Context(), []uint64{2}, feed.MarkChange{Read: &read}, time.Unix(1800000000, 0)); err != nil || len(changed) != 1 {
			t.Fatal(changed, err)
		}
		n := s.RiverVersion(q)
		if given[n] {
			t.Fatalf("mark %d: the number %d was given before", i+1, n)
		}
		given[n] = true
	}
}

// A copy that can't be made before an upgrade ends it, and leaves nothing that looks
// like a copy.
func TestACopyThatFailsLeavesNoHalf(t *testing.T) {
	path := filepath.Join(t.TempDir(), "news.db")
	s, err := open(path, Options{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	furnish(t, s)
	shut(t, s)
	if err := os.MkdirAll(filepath.Join(path+".schema-1", "in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := open(path, Options{}, []migration{lift("one")}); err == nil {
		t.Error("it was upgraded without a copy")
	}
	if left, _ := filepath.Glob(path + ".*part*"); len(left) > 0 {
		t.Errorf("%q are left", left)
	}
	if v := settingOf(t, path, nil, "one"); v != "" {
		t.Error("it was upgraded all the same")
	}
}
