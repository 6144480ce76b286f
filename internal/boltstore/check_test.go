package boltstore

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"

	"tidings/internal/feed"
)

// bareContext is one that doesn't end with the test, for its cleanup.
func bareContext(t *testing.T) context.Context { return context.WithoutCancel(t.Context()) }

// damage writes to the file behind the store's back.
func damage(t *testing.T, s *Store, fn func(b func(table) *bolt.Bucket) error) {
	t.Helper()
	err := s.db.Update(func(tx *bolt.Tx) error {
		return fn(func(tb table) *bolt.Bucket { return tx.Bucket([]byte(tb.String())) })
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Whatever happens to an index is found, and mended from the facts.
func TestCheckFindsAndRepairMendsIndexes(t *testing.T) {
	for tb := range tables {
		if !tb.isIndex() {
			continue
		}
		for what, hurt := range map[string]func(*bolt.Bucket) error{
			"a row lost": func(b *bolt.Bucket) error { k, _ := b.Cursor().First(); return b.Delete(k) },
			"a row too many": func(b *bolt.Bucket) error {
				k, v := b.Cursor().First()
				return b.Put(append([]byte{k[0]}, append(k[1:len(k)-1:len(k)-1], k[len(k)-1]+100)...), v)
			},
			"a row changed": func(b *bolt.Bucket) error { k, _ := b.Cursor().Last(); return b.Put(k, []byte{1, 2, 3}) },
			"all lost": func(b *bolt.Bucket) error {
				c := b.Cursor()
				for k, _ := c.First(); k != nil; k, _ = c.First() {
					if err := c.Delete(); err != nil {
						return err
					}
				}
				return nil
			},
		} {
			t.Run(tb.String()+"/"+what, func(t *testing.T) {
				s := openHere(t, filepath.Join(t.TempDir(), "news.db"), nil)
				furnish(t, s)
				clean(t, s)
				before := view(t, s)
				damage(t, s, func(b func(table) *bolt.Bucket) error { return hurt(b(tb)) })
				found := problems(t, s)
				if len(found) == 0 || !strings.HasPrefix(found[0], tb.String()+": ") {
					t.Errorf("found %q, want a problem of %s", found, tb)
				}
				r, err := s.Repair(t.Context())
				if err != nil || len(r.Problems) > 0 {
					t.Fatalf("after the repair: %q, %v", r.Problems, err)
				}
				if d := cmp.Diff(before, view(t, s)); d != "" {
					t.Errorf("readers see something else (-want +got):\n%s", d)
				}
			})
		}
	}
}

// view is a good part of what readers see.
func view(t *testing.T, s *Store) (all []any) {
	t.Helper()
	for _, q := range []feed.Query{{}, {Unread: true}, {Starred: true}, {Feed: 2}, {Folder: "News"}} {
		p, err := s.Stories(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	c, err := s.Counts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	fs, err := s.Subscriptions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	at, _, err := s.NextDue(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for id := range uint64(7) {
		f, err := s.Story(t.Context(), id)
		all = append(all, f, err != nil)
	}
	ds, err := s.Decisions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return append(all, c, fs, at, ds)
}

// What happens to facts is found, and left alone by a repair.
func TestCheckFindsDamagedFacts(t *testing.T) {
	junk := []byte{0xff, 0xff}
	for what, c := range map[string]hurt{
		"entry without body":      {"entry", func(b func(table) *bolt.Bucket) error { return b(tBody).Delete(number(1)) }},
		"body without entry":      {"body", func(b func(table) *bolt.Bucket) error { return b(tBody).Put(number(99), []byte{0, 0xa0}) }},
		"body that can't be read": {"body", func(b func(table) *bolt.Bucket) error { return b(tBody).Put(number(1), junk) }},
		"entry that can't be read": {"entry", func(b func(table) *bolt.Bucket) error {
			return b(tEntry).Put(number(1), junk)
		}},
		"state lost":        {"subscription", func(b func(table) *bolt.Bucket) error { return b(tState).Delete(number(2)) }},
		"subscription lost": {"state", func(b func(table) *bolt.Bucket) error { return b(tSubscription).Delete(number(2)) }},
		"story lost":        {"member", func(b func(table) *bolt.Bucket) error { return b(tStory).Delete(number(1)) }},
		"member lost":       {"story", func(b func(table) *bolt.Bucket) error { return b(tMember).Delete(memberKey(2, 2, 1)) }},
		"mark of no story":  {"mark", func(b func(table) *bolt.Bucket) error { return b(tMark).Put(number(77), []byte{0xa0}) }},
		"sketch of no entry": {"sketch", func(b func(table) *bolt.Bucket) error {
			return b(tSketch).Put(sketchKey(time.Unix(1, 0), 77), packSketch(feed.Sketched{Feed: 1, Story: 1}))
		}},
		"seen of no feed": {"seen", func(b func(table) *bolt.Bucket) error {
			return b(tSeen).Put(seenKey(9, 1), packRemembered(remembered{}))
		}},
		"seen that's unreadable": {"seen", func(b func(table) *bolt.Bucket) error { return b(tSeen).Put(junk, junk) }},
		"sketch of another event": {"sketch", func(b func(table) *bolt.Bucket) error {
			k, v := b(tSketch).Cursor().First()
			sk, _ := unpackSketch(v)
			sk.Event = 99
			return b(tSketch).Put(bytes.Clone(k), packSketch(sk))
		}},
		"a number too low": {"entry", func(b func(table) *bolt.Bucket) error { return b(tEntry).SetSequence(1) }},
	} {
		t.Run(what, func(t *testing.T) { c.found(t, what == "a number too low") })
	}
}

// hurt is a damage to facts.
type hurt struct {
	kind string // of the problem that a check finds
	hurt func(b func(table) *bolt.Bucket) error
}

// found demands that a check finds the damage, and a repair doesn't hide it,
// unless it is mended by it.
func (h hurt) found(t *testing.T, mended bool) {
	s, err := Open(filepath.Join(t.TempDir(), "news.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	furnish(t, s)
	damage(t, s, h.hurt)
	found := strings.Join(problems(t, s), "\n")
	if !strings.Contains("\n"+found, "\n"+h.kind+": ") {
		t.Errorf("found %q, want a problem of %s", found, h.kind)
	}
	if r, err := s.Repair(t.Context()); err == nil && len(r.Problems) == 0 && !mended {
		t.Error("a repair made it look well")
	}
}

// The same of what the reader decided.
func TestCheckFindsDamagedDecisions(t *testing.T) {
	junk := []byte{0xff, 0xff}
	for what, c := range map[string]hurt{
		"decision that can't be read": {"decision", func(b func(table) *bolt.Bucket) error { return b(tDecision).Put(number(1), junk) }},
		"decision of no kind": {"decision", func(b func(table) *bolt.Bucket) error {
			return b(tDecision).Put(number(1), []byte{0xa1, 1, 0x61, 'x'})
		}},
		"decision that forgot": {"decision", func(b func(table) *bolt.Bucket) error {
			return b(tDecision).Put(number(2), []byte{0xa1, 1, 0x64, 'j', 'o', 'i', 'n'})
		}},
		"dissolved story that's there": {"dissolved", func(b func(table) *bolt.Bucket) error {
			return b(tDissolved).Put(number(1), number(2))
		}},
		"dissolved into junk": {"dissolved", func(b func(table) *bolt.Bucket) error { return b(tDissolved).Put(number(5), junk) }},
	} {
		t.Run(what, func(t *testing.T) { c.found(t, false) })
	}
}

// A commit that fails at the very end leaves nothing behind, in the file or in memory.
func TestAFailedCommitLeavesNothingBehind(t *testing.T) {
	s := openHere(t, filepath.Join(t.TempDir(), "news.db"), nil)
	furnish(t, s)
	before, version, woken := view(t, s), s.Version(), s.Changed()
	fault := errors.New("no space left on device")
	s.fault = func() error { return fault }
	ctx, now, yes, title := t.Context(), time.Unix(1800000000, 0), true, "another title"
	arrival := feed.Arrival{New: true, Entry: feed.Entry{ID: s.NextEntry(), Story: 1, Title: "x", Seen: now}}
	_, err1 := s.Subscribe(ctx, []feed.Wish{{URL: "https://new.example/"}}, now)
	_, err2 := s.Mark(ctx, []uint64{2}, feed.MarkChange{Read: &yes, Starred: &yes}, now)
	_, err3 := s.MarkAll(ctx, feed.Query{}, feed.Cursor{}, now)
	_, err4 := s.ChangeSubscription(ctx, 1, feed.Change{Title: &title, Folder: &title}, "", "")
	_, err5 := s.RemoveSubscription(ctx, 1, now)
	_, _, err6 := s.Expire(ctx, feed.Retention{Read: time.Second, Unread: time.Second}, now, 100)
	_, err7 := s.Claim(ctx, feed.ClaimQuery{Now: now, Max: 9, Lease: time.Hour})
	err8 := s.Commit(ctx, []feed.Harvest{{Feed: 1, URL: "https://moved.example/", Arrivals: []feed.Arrival{arrival}}})
	_, err9 := s.Repair(ctx)
	_, err10 := s.SplitStory(ctx, 1, 3, s.NextStory(), now)
	_, err11 := s.JoinStories(ctx, 1, 2, now)
	_, err12 := s.UndoDecision(ctx, 1, now)
	_, err13 := s.Regroup(ctx, []feed.Regrouped{{Entry: 1, Story: 2}, {Entry: 2, Story: 1, Event: 2, Sketch: []byte("x")}}, now)
	for i, err := range []error{err1, err2, err3, err4, err5, err6, err7, err8, err9, err10, err11, err12, err13} {
		if !errors.Is(err, fault) {
			t.Errorf("call %d: %v, want the fault", i+1, err)
		}
	}
	s.fault = nil
	if d := cmp.Diff(before, view(t, s)); d != "" {
		t.Errorf("readers see something else (-want +got):\n%s", d)
	}
	if s.Version() != version {
		t.Error("the version moved")
	}
	select {
	case <-woken:
		t.Error("somebody was woken")
	default:
	}
}

// A folder of very many feeds is read in another way than a small one, with the
// same answers: where it has most of the river, and where it has next to nothing of it.
func TestWideFolders(t *testing.T) {
	s := openHere(t, filepath.Join(t.TempDir(), "news.db"), nil)
	ctx, now := t.Context(), time.Unix(1800000000, 0)
	var ws []feed.Wish
	for i := range wideFolder + 2 {
		ws = append(ws, feed.Wish{URL: "https://wide.example/" + string(rune('a'+i%26)) + strings.Repeat("x", i), Folder: "Wide"})
	}
	ws = append(ws, feed.Wish{URL: "https://other.example/"})
	if _, err := s.Subscribe(ctx, ws, now); err != nil {
		t.Fatal(err)
	}
	other := uint64(len(ws))
	var hs []feed.Harvest
	tell := func(id uint64, n int) {
		h := feed.Harvest{Feed: id}
		for range n {
			now = now.Add(time.Second)
			h.Arrivals = append(h.Arrivals, feed.Arrival{New: true, Time: now, Entry: feed.Entry{ID: s.NextEntry(), Story: s.NextStory(), Title: "t", Seen: now}})
		}
		hs = append(hs, h)
	}
	for id := range uint64(20) {
		tell(id+1, 1)
	}
	tell(other, 100)
	tell(300, 2)
	if err := s.Commit(ctx, hs); err != nil {
		t.Fatal(err)
	}
	for _, q := range []feed.Query{
		{Limit: 2}, {Limit: 3}, {Limit: 30}, {Limit: 3, After: feed.Cursor{Time: time.Unix(1, 0)}}, {Limit: 22, Unread: true},
		{Limit: 1, Until: 121}, {Limit: 2, Until: 121}, {Limit: 9, Until: 15},
	} {
		q.Folder = "Wide"
		page, err := s.Stories(ctx, q)
		if err != nil {
			t.Fatal(err)
		}
		var got []uint64
		for _, h := range page.Stories {
			got = append(got, h.ID)
		}
		if d := cmp.Diff(wide(q), got); d != "" {
			t.Errorf("%+v (-want +got):\n%s", q, d)
		}
		if more := q.Limit < 22; page.More != more {
			t.Errorf("%+v: more %v, want %v", q, page.More, more)
		}
	}
}

// wide lists the stories of TestWideFolders: 122 and 121 of feed 300, then 100 of
// another folder, then 20 to 1.
func wide(q feed.Query) (ids []uint64) {
	all := []uint64{122, 121}
	for id := uint64(20); id > 0; id-- {
		all = append(all, id)
	}
	if q.Until > 0 {
		all = slices.DeleteFunc(all, func(id uint64) bool { return id > q.Until })
	}
	if !q.After.IsZero() {
		return all[len(all)-q.Limit:]
	}
	return all[:min(len(all), q.Limit)]
}
