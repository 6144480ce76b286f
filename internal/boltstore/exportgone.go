package boltstore

import (
	"cmp"
	"slices"
	"time"

	"tidings/internal/feed"
)

// iconFacts yields the icons by their sources.
func (x *exporter) iconFacts() error {
	return x.each(tIcon, []byte{iconOfSource}, func(k, v []byte) error {
		source, known, ok := splitIcon(k, v)
		if !ok {
			return damaged(tIcon, k, errDamaged)
		}
		icon := &feed.KeptIcon{Source: source, Due: known.Due}
		if known.Hash != "" {
			icon.PNG = slices.Clone(x.b(tIcon).Get(iconKey(iconByHash, v[8:])))
		}
		return x.yield(icon)
	})
}

// bygone yields what expired and removed entries counted.
func (x *exporter) bygone() error {
	return x.each(tBygone, nil, func(k, v []byte) error {
		return eachCell(tBygone, k, v, func(c cell, n sums) error {
			if c.feed == 0 {
				return x.yield(&feed.KeptHour{HourTally: hourTally(c, n)})
			}
			return x.yield(&feed.KeptDay{Feed: c.feed, DayTally: dayTally(c, n)})
		})
	})
}

// eachCell calls fn with the cells of a row of the table bygone.
func eachCell(tb table, k, v []byte, fn func(cell, sums) error) error {
	block, id, ok := splitTally(k)
	var err error
	if ok = ok && readTally(id, v, func(slot uint8, n sums) { err = cmp.Or(err, fn(cellOf(block, id, slot), n)) }); !ok {
		return damaged(tb, k, errDamaged)
	}
	return err
}

func hourTally(c cell, n sums) feed.HourTally {
	return feed.HourTally{At: time.Unix(c.at*3600, 0).UTC(), Entries: n[hourEntries], Stories: n[hourStories], Read: n[hourRead], Worth: n[hourWorth], Opened: n[hourOpened]}
}

func hourCell(h feed.HourTally) (cell, sums) {
	return cell{0, hourOf(h.At.Unix())}, sums{hourEntries: h.Entries, hourStories: h.Stories, hourRead: h.Read, hourWorth: h.Worth, hourOpened: h.Opened}
}

func dayTally(c cell, n sums) feed.DayTally {
	return feed.DayTally{Day: time.Unix(c.at*86400, 0).UTC(), Entries: n[dayEntries], Shared: n[dayShared], Opened: n[dayOpened]}
}

func dayCell(id uint64, d feed.DayTally) (cell, sums) {
	return cell{id, dayOf(d.Day.Unix())}, sums{dayEntries: d.Entries, dayShared: d.Shared, dayOpened: d.Opened}
}

// unsubscribed yields the feeds that can come back, and what they had.
func (x *exporter) unsubscribed() error {
	for _, rows := range []struct {
		kind uint64
		fact func(id, n uint64, k, v []byte) error
	}{{goneFeed, x.goneFeed}, {goneSeen, x.goneSeen}, {goneEntry, x.goneEntry}, {goneTally, x.goneTally}} {
		kept := x.limbo() // what nobody asks back is swept away
		err := x.each(tRemoved, number(rows.kind), func(k, v []byte) error {
			var kind, id, n uint64
			if !split(k, &kind, &id, &n) {
				return damaged(tRemoved, k, errDamaged)
			}
			if !kept[id] {
				return nil
			}
			return rows.fact(id, n, k, v)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (x *exporter) goneFeed(id, _ uint64, k, v []byte) error {
	var r goneRecord
	var sub subscriptionRecord
	var st stateRecord
	if err := x.codec.read(v, &r); err != nil {
		return damaged(tRemoved, k, err)
	}
	if err := cmp.Or(x.codec.read(r.Subscription, &sub), x.codec.read(r.State, &st)); err != nil {
		return damaged(tRemoved, k, err)
	}
	f := &feed.KeptGone{KeptFeed: feed.KeptFeed{Subscription: sub.subscription(id), State: st.state(id)}, At: fromMillis(r.At), Entries: r.Entries}
	f.State.Lease = time.Time{}
	for i := 0; i+1 < len(r.Hours); i += 2 {
		err := eachCell(tRemoved, r.Hours[i], r.Hours[i+1], func(c cell, n sums) error {
			f.Hours = append(f.Hours, hourTally(c, n))
			return nil
		})
		if err != nil {
			return err
		}
	}
	return x.yield(f)
}

func (x *exporter) goneSeen(id, n uint64, k, v []byte) error {
	r, ok := unpackRemembered(v)
	if !ok {
		return damaged(tRemoved, k, errDamaged)
	}
	return x.yield(&feed.KeptGoneSeen{KeptSeen: *r.kept(id, n)})
}

func (x *exporter) goneTally(id, block uint64, _, v []byte) error {
	return eachCell(tRemoved, tallyKey(disordered(block), id), v, func(c cell, n sums) error {
		return x.yield(&feed.KeptGoneDay{KeptDay: feed.KeptDay{Feed: id, DayTally: dayTally(c, n)}})
	})
}

func (x *exporter) goneEntry(_, n uint64, k, v []byte) error {
	var r goneEntryRecord
	var e entryRecord
	var st storyRecord
	var mk markRecord
	err := x.codec.read(v, &r)
	if err == nil {
		err = cmp.Or(x.codec.read(r.Entry, &e), x.codec.read(r.Story, &st))
	}
	if err == nil && r.Mark != nil {
		err = x.codec.read(r.Mark, &mk)
	}
	if err != nil {
		return damaged(tRemoved, k, err)
	}
	m := feed.KeptMember{Entry: e.entry(n), Verdict: feed.Verdict{Level: feed.LevelNew}}
	if err := x.goneParts(&m, &r); err != nil {
		return damaged(tRemoved, k, err)
	}
	return x.yield(&feed.KeptGoneStory{KeptStory: feed.KeptStory{
		Story: st.story(m.Entry.Story), Relation: st.relation(), Mark: mk.mark(), Members: []feed.KeptMember{m},
	}})
}

// goneParts reads what went with an entry.
func (x *exporter) goneParts(m *feed.KeptMember, r *goneEntryRecord) (err error) {
	if m.Body, err = x.codec.unpackBody(r.Body); err != nil {
		return err
	}
	if len(r.Verdict) > 0 {
		var v verdictRecord
		if err := x.codec.read(r.Verdict, &v); err != nil {
			return err
		}
		m.Verdict = v.verdict()
	}
	if r.Sketch != nil {
		sk, ok := unpackSketch(r.Sketch)
		if !ok {
			return errDamaged
		}
		m.Sketch = sk.Sketch
	}
	if r.Earlier != nil {
		var er earlierRecord
		if err := x.codec.read(r.Earlier, &er); err != nil {
			return err
		}
		v, err := er.version(x.codec)
		if err != nil {
			return err
		}
		m.Earlier = &v
	}
	if r.FullText != nil {
		var fr fullTextRecord
		if err := x.codec.read(r.FullText, &fr); err != nil {
			return err
		}
		f, err := fr.fullText(m.Entry.ID, x.codec)
		if err != nil {
			return err
		}
		m.FullText = &f
	}
	return nil
}
