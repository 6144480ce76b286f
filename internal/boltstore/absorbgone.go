package boltstore

import (
	"context"
	"encoding/binary"

	"tidings/internal/feed"
)

// lookGone finds out whether a feed that was unsubscribed from there can be taken in as
// one that can come back, and under which number: not if it is followed here, or can
// come back here already.
func (x *absorber) lookGone(ctx context.Context, f *feed.KeptGone) error {
	return x.update(ctx, func(w *work) error {
		n := f.Subscription.ID
		here, _, err := w.subscription(x.feeds[n])
		if err != nil || x.feeds[n] != 0 && here.Removed.IsZero() || w.limbo()[x.feeds[n]] {
			return err
		}
		if taken, err := w.taken(f.Subscription.Canonical); err != nil || taken {
			return err
		}
		id := x.feeds[n]
		switch {
		case id != 0:
		case x.fresh:
			id, x.last.Feeds = n, max(x.last.Feeds, n)
		default:
			if id, err = w.b(tSubscription).NextSequence(); err != nil {
				return err
			}
		}
		x.feeds[n], x.gone[n] = id, id
		k := *f
		k.Subscription.ID = id
		x.goners = append(x.goners, &k)
		return w.sequence(tSubscription, max(w.b(tSubscription).Sequence(), x.last.Feeds))
	})
}

// taken reports whether a feed with a canonical address is followed, or can come back.
func (t *txn) taken(canonical string) (taken bool, err error) {
	sub, ok, err := t.byCanonical(canonical)
	if err != nil || ok && sub.Removed.IsZero() {
		return true, err
	}
	err = t.gone(func(id uint64, r goneRecord) error {
		var sub subscriptionRecord
		if err := t.codec.read(r.Subscription, &sub); err != nil {
			return damaged(tRemoved, join(goneFeed, id, 0), err)
		}
		taken = taken || sub.Canonical == canonical
		return nil
	})
	return taken, err
}

// takeGone takes in a fact of what was unsubscribed from. The feeds themselves come
// last: what is there without them counts for nothing.
func (x *absorber) takeGone(w *work, fact any) error {
	switch f := fact.(type) {
	case *feed.KeptGoneSeen:
		if id := x.gone[f.Feed]; id != 0 {
			w.put(tRemoved, join(goneSeen, id, x.entry(f.Entry)), packRemembered(rememberedOf(&f.KeptSeen)))
		}
	case *feed.KeptGoneStory:
		for i := range f.Members {
			if err := x.takeGoneEntry(w, &f.KeptStory, &f.Members[i]); err != nil {
				return err
			}
		}
	case *feed.KeptGoneDay:
		if id := x.gone[f.Feed]; id != 0 {
			c, n := dayCell(id, f.DayTally)
			block, _ := c.row()
			return w.mergeCell(tRemoved, join(goneTally, id, ordered(block)), c, n)
		}
	}
	return nil
}

func (x *absorber) takeGoneEntry(w *work, f *feed.KeptStory, m *feed.KeptMember) error {
	id := x.gone[m.Entry.Feed]
	if id == 0 {
		return nil
	}
	l, err := x.founded(w, f, x.story(f.Story.ID))
	if err != nil {
		return err
	}
	e := m.Entry
	e.ID, e.Feed, e.Story = x.entry(e.ID), id, l.ID
	er := recordEntry(&e)
	r := goneEntryRecord{Entry: w.pack(&er), Story: w.pack(recordStory(l.Story, l.why))}
	if f.Mark != (feed.Mark{}) {
		r.Mark = w.pack(recordMark(f.Mark))
	}
	r.Verdict = w.packVerdict(x.verdict(m.Verdict))
	if len(m.Sketch) > 0 {
		r.Sketch = packSketch(feed.Sketched{Feed: id, Story: l.ID, Event: l.Event, Sketch: m.Sketch})
	}
	if m.Earlier != nil {
		r.Earlier = w.pack(w.recordEarlier(m.Earlier))
	}
	if m.FullText != nil {
		r.FullText = w.pack(w.recordFullText(m.FullText))
	}
	r.Body = w.packBody(&m.Body)
	w.putRecord(tRemoved, join(goneEntry, id, e.ID), &r)
	return nil
}

// endGone takes in the feeds that can come back.
func (x *absorber) endGone(ctx context.Context) error {
	if len(x.goners) == 0 {
		return nil
	}
	return x.update(ctx, func(w *work) error {
		for _, f := range x.goners {
			hours := tallies{}
			for _, h := range f.Hours {
				c, n := hourCell(h)
				hours.addAll(c, n)
			}
			f.State.Feed = f.Subscription.ID
			at := min(millis(f.At), millis(x.now)) // or it could be undone for longer than here
			r := goneRecord{At: at, Entries: f.Entries, Subscription: w.pack(recordSubscription(f.Subscription)), State: w.pack(recordState(&f.State))}
			for _, row := range hours.rows() {
				r.Hours = append(r.Hours, row.key, row.value)
			}
			w.putRecord(tRemoved, join(goneFeed, f.Subscription.ID, 0), &r)
			x.out.Unsubscribed++
		}
		w.shown = true
		return nil
	})
}

// takeBygone takes in what an hour or a day counted of entries that are gone. Where
// something was counted here, the greater number counts: most of what went there went
// here as well, and nothing is to be counted twice.
func (x *absorber) takeBygone(w *work, c cell, n sums) error {
	if c.feed != 0 {
		if c.feed = x.feeds[c.feed]; c.feed == 0 || w.b(tSubscription).Get(number(c.feed)) == nil {
			return nil
		}
	}
	block, _ := c.row()
	return w.mergeCell(tBygone, tallyKey(block, c.feed), c, n)
}

// mergeCell puts a cell into a row, the greater of what was there and what comes.
func (w *work) mergeCell(tb table, key []byte, c cell, n sums) error {
	had := w.b(tb).Get(key)
	cells, ok := unpackTally(c.feed, had)
	if !ok {
		return damaged(tb, key, errDamaged)
	}
	_, slot := c.row()
	was, known := cells[slot]
	for i := range n {
		if known {
			n[i] = max(n[i], was[i])
		}
	}
	if n == was {
		return nil
	}
	cells[slot] = n
	w.shown = true
	w.put(tb, key, packTally(c.feed, cells))
	return nil
}

// takeIcon takes in what is known of the icon of a source that isn't known here.
func (x *absorber) takeIcon(w *work, f *feed.KeptIcon) {
	key := iconKey(iconOfSource, name(f.Source))
	if w.b(tIcon).Get(key) != nil {
		return
	}
	v := binary.BigEndian.AppendUint64(nil, uint64(millis(f.Due)))
	if len(f.PNG) > 0 {
		sum := iconHash(f.PNG)
		v = append(v, sum...)
		w.put(tIcon, iconKey(iconByHash, sum), f.PNG)
	}
	x.out.Icons++
	w.shown = true
	w.put(tIcon, key, v)
}
