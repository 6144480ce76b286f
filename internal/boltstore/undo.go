package boltstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"tidings/internal/feed"
)

// UndoDecision takes a decision back, and gives one of the other kind that tells
// which entries moved back, from where and to where; it has the number of the
// one that is gone, and isn't kept. Where nothing moves, it has no entries, and both
// stories are the one that the first entry left of the decision tells.
//
// After a split the story that it founded goes back whole, with the copies that
// joined it since, unless it is no longer there. After a join those of its entries go
// back that are still where it put them and that no later split took away, with
// the entries that joined since because they matched one of these; their story is
// as it was, with number, URN, place, mark and verdicts. What has expired is left
// out, and what other decisions say against the way back is struck from them:
// the reader's last word counts.
//
// The error wraps [feed.ErrNotFound] if there is no such decision, or if nothing is
// left of its entries.
func (s *Store) UndoDecision(ctx context.Context, id uint64, now time.Time) (d feed.Decision, err error) {
	err = s.update(ctx, func(w *work) error {
		d, err = w.undo(id, now)
		return err
	})
	if err != nil {
		return feed.Decision{}, fmt.Errorf("undo decision %d: %w", id, err)
	}
	return d, nil
}

func (w *work) undo(id uint64, now time.Time) (d feed.Decision, err error) {
	all, err := w.decisions()
	if err != nil {
		return d, err
	}
	i := slices.IndexFunc(all, func(r decided) bool { return r.id == id })
	if i < 0 {
		return d, feed.ErrNotFound
	}
	r := all[i]
	at, err := w.home(r.Moved)
	if err != nil {
		return d, err
	}
	if at == 0 {
		return d, feed.WithHint(fmt.Errorf("its entries: %w", feed.ErrNotFound), "they have expired, and the decision does nothing any more")
	}
	w.del(tDecision, number(id))
	w.visible = true
	all = slices.Delete(all, i, i+1)
	back := w.unsplit
	if r.Kind == string(feed.Join) {
		back = w.unjoin
	}
	if d, err = back(&r, all); err != nil {
		return d, err
	}
	d.ID, d.At = id, fromMillis(millis(now))
	if len(d.Entries) == 0 {
		d.From, d.To = at, at
	}
	return d, w.reconcile(d, all)
}

// home is the story of the first of some entries that is still there; 0 if none is.
func (t *txn) home(entries []uint64) (uint64, error) {
	for _, n := range entries {
		if e, ok, err := t.entry(n); ok || err != nil {
			return e.Story, err
		}
	}
	return 0, nil
}

// unsplit moves all members of the story that a split founded back to the one
// that it left, or where that went.
func (w *work) unsplit(r *decided, _ []decided) (d feed.Decision, err error) {
	d = feed.Decision{Kind: feed.Join, From: r.To, To: w.current(r.From)}
	if d.To == 0 || d.To == r.To || w.b(tStory).Get(number(r.To)) == nil {
		return d, nil
	}
	from, err := w.takeOut(r.To)
	if err != nil {
		return d, err
	}
	to, err := w.takeOut(d.To)
	if err != nil {
		return d, err
	}
	d.Others, d.Entries = to.entries(), from.entries()
	for i, m := range from.members {
		if k := slices.Index(r.Moved, m.entry); k >= 0 {
			from.members[i].verdict = r.verdict(k)
		}
	}
	to.star(from.mark)
	from.give(to, func(told) bool { return true })
	w.dissolve(r.To, d.To)
	return d, w.putBack(to)
}

// verdict is the one that an entry had before the decision.
func (r *decisionRecord) verdict(i int) feed.Verdict {
	if i >= len(r.Verdicts) {
		return feed.Verdict{Level: feed.LevelNew}
	}
	return r.Verdicts[i].verdict()
}

// unjoin moves what a join moved back to the story that it dissolved.
func (w *work) unjoin(r *decided, others []decided) (d feed.Decision, err error) {
	d = feed.Decision{Kind: feed.Split, From: w.current(r.To), To: r.From}
	if d.From == 0 || d.From == r.From {
		return d, nil
	}
	from, err := w.takeOut(d.From)
	if err != nil {
		return d, err
	}
	going := r.returning(from, others)
	if len(going) == 0 {
		return d, w.putBack(from)
	}
	to, err := w.restored(r)
	if err != nil {
		return d, err
	}
	from.give(to, func(m told) bool { return slices.Contains(going, m.entry) })
	for i, m := range to.members {
		if k := slices.Index(r.Moved, m.entry); k >= 0 && m.story != to.ID {
			to.members[i].verdict = r.verdict(k)
		}
		if m.story != to.ID {
			d.Entries = append(d.Entries, m.entry)
		}
	}
	d.Others = from.entries()
	if len(from.members) == 0 {
		to.star(from.mark)
		w.dissolve(from.ID, to.ID)
	} else if r.Starred && r.Mark != nil && from.mark.StarAt.Equal(fromMillis(r.Mark.StarAt)) {
		from.mark.Starred, from.mark.StarAt = false, time.Time{}
	}
	return d, errors.Join(w.putBack(from), w.putBack(to))
}

// restored is the story that a join dissolved, without its members; or as it is, if
// something founded it anew.
func (w *work) restored(r *decided) (*loose, error) {
	l, err := w.takeOut(r.From)
	if l != nil || err != nil {
		return l, err
	}
	if r.Story == nil || r.Mark == nil {
		return nil, damaged(tDecision, number(r.id), errDamaged)
	}
	l = &loose{Story: r.Story.story(r.From), why: r.Story.relation(), mark: r.Mark.mark()}
	return l, nil
}

// returning lists the members of a story that go back when a join is undone.
func (r *decided) returning(from *loose, others []decided) (going []uint64) {
	taken := func(n uint64) bool {
		return slices.ContainsFunc(others, func(o decided) bool {
			return o.id > r.id && o.Kind == string(feed.Split) && slices.Contains(o.Moved, n)
		})
	}
	for _, n := range r.Entries {
		if from.has(n) && !taken(n) {
			going = append(going, n)
		}
	}
	for more := len(going) > 0; more; {
		more = false
		for _, m := range from.members {
			known := slices.Contains(going, m.entry) || slices.Contains(r.Others, m.entry)
			if !known && slices.Contains(going, m.verdict.Of) {
				going, more = append(going, m.entry), true
			}
		}
	}
	return going
}

// reconcile strikes from the other decisions the entries that moved back, where
// their word on them is no longer what is: the last word of the reader counts.
// Without that a rebuild would follow what was taken back.
func (w *work) reconcile(d feed.Decision, others []decided) error {
	story := map[uint64]uint64{}
	for _, n := range slices.Concat(d.Entries, d.Others) {
		e, ok, err := w.entry(n)
		if err != nil {
			return err
		}
		if ok {
			story[n] = e.Story
		}
	}
	wrong := contradicted(others, story, d.Entries)
	for i := range others {
		w.strike(&others[i], wrong)
	}
	return nil
}

// contradicted lists those of the moved entries that are bound otherwise than
// they are now.
func contradicted(all []decided, story map[uint64]uint64, moved []uint64) (wrong map[feed.Binding]uint64) {
	ds := make([]feed.Decision, len(all))
	for i := range all {
		ds[i] = all[i].decision(all[i].id)
	}
	wrong = map[feed.Binding]uint64{}
	for _, b := range feed.Bindings(ds) {
		of, there := story[b.A]
		with, thereToo := story[b.B]
		if !there || !thereToo || b.Same == (of == with) {
			continue
		}
		switch {
		case slices.Contains(moved, b.A):
			wrong[b] = b.A
		case slices.Contains(moved, b.B):
			wrong[b] = b.B
		}
	}
	return wrong
}

// strike takes entries out of a decision that says what is no longer so.
func (w *work) strike(r *decided, wrong map[feed.Binding]uint64) {
	d, struck := r.decision(r.id), map[uint64]bool{}
	for _, b := range feed.Bindings([]feed.Decision{d}) {
		if n, ok := wrong[b]; ok {
			struck[n] = true
		}
	}
	if len(struck) == 0 {
		return
	}
	out := func(n uint64) bool { return struck[n] }
	r.Entries, r.Others = slices.DeleteFunc(r.Entries, out), slices.DeleteFunc(r.Others, out)
	w.putRecord(tDecision, number(r.id), &r.decisionRecord)
}
