package boltstore

import (
	"bytes"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"tidings/internal/feed"
)

// takeFeeds takes in all feeds in one transaction, and leases them.
func (x *absorber) takeFeeds(ctx context.Context, fs []placed[*feed.KeptFeed]) error {
	return x.update(ctx, func(w *work) error {
		for _, p := range fs {
			if err := x.takeFeed(w, p); err != nil {
				return err
			}
		}
		last := max(w.b(tSubscription).Sequence(), x.last.Feeds)
		return w.sequence(tSubscription, last)
	})
}

// takeFeed takes in a feed that isn't here, or that was removed and is followed there.
func (x *absorber) takeFeed(w *work, p placed[*feed.KeptFeed]) error {
	sub, st := p.fact.Subscription, p.fact.State
	n := sub.ID
	if x.feeds[n] != 0 {
		x.report(feed.Problem{Line: p.at, Reason: "there is another feed of that number above"})
		return nil
	}
	was, known, err := w.sameFeed(sub)
	if err != nil {
		return err
	}
	switch {
	case known:
		sub.ID, x.had[was.ID] = was.ID, true
	case x.fresh:
		x.last.Feeds = max(x.last.Feeds, n)
	default:
		if sub.ID, err = w.b(tSubscription).NextSequence(); err != nil {
			return err
		}
	}
	x.feeds[n] = sub.ID
	x.ours = append(x.ours, sub.ID)
	old, err := w.state(sub.ID)
	if err != nil {
		return err
	}
	if known && (was.Removed.IsZero() || !sub.Removed.IsZero()) {
		x.out.Known++
		sub, st = was, old
	} else {
		x.out.Feeds++
	}
	st.Feed, st.Lease = sub.ID, fromMillis(millis(x.now.Add(absorbLease)))
	if sub.Paused || !sub.Removed.IsZero() {
		st.Lease = time.Time{} // they aren't polled, and release leaves them alone
	}
	w.putSubscription(was, sub)
	w.putState(was, sub, old, st)
	w.name(sub, st)
	return nil
}

// sameFeed finds a feed by its canonical address; one that was removed and gave that
// up, by its address.
func (t *txn) sameFeed(sub feed.Subscription) (same feed.Subscription, ok bool, err error) {
	if sub.Canonical != "" {
		return t.byCanonical(sub.Canonical)
	}
	err = t.subscriptions(func(s feed.Subscription, _ feed.State) error {
		if s.Canonical == "" && s.URL == sub.URL {
			same, ok = s, true
		}
		return nil
	})
	return same, ok, err
}

// takeSeen takes in what is remembered of an entry that isn't known here.
func (x *absorber) takeSeen(w *work, f *feed.KeptSeen, refuse func(string, ...any)) {
	id := x.feeds[f.Feed]
	if id == 0 {
		refuse("it is of feed %d, which isn't in the archive", f.Feed)
		return
	}
	key := seenKey(id, x.entry(f.Entry))
	if w.b(tSeen).Get(key) != nil {
		return
	}
	w.put(tSeen, key, packRemembered(rememberedOf(f)))
}

// takeList takes in a followed list that isn't here. What it named stays known, so that
// a feed that the reader removed doesn't come back.
func (x *absorber) takeList(w *work, f *feed.List) error {
	ls, err := w.lists()
	if err != nil || slices.ContainsFunc(ls, func(l feed.List) bool { return l.Canonical == f.Canonical }) {
		return err
	}
	l := *f
	l.State.Lease = time.Time{}
	if x.fresh {
		x.last.Lists = max(x.last.Lists, l.ID)
	} else if l.ID, err = w.b(tList).NextSequence(); err != nil {
		return err
	}
	l.Members = slices.Clone(f.Members)
	for i := range l.Members {
		if n := &l.Members[i].Feed; !x.fresh {
			*n = x.feeds[*n]
		}
	}
	x.out.Lists++
	w.shown = true
	w.putRecord(tList, number(l.ID), recordList(l))
	return nil
}

// ofFeed stands in the name of a setting before the number of the feed that it is for.
const ofFeed = "/feed/"

// takeSetting takes in a setting that isn't here; one of a feed under its number here.
func (x *absorber) takeSetting(w *work, f *feed.KeptSetting) {
	name := f.Name
	if i := strings.Index(name, ofFeed); i >= 0 && !strings.Contains(name[:i], "/") && !strings.HasPrefix(name, feed.SettingRefiled) {
		if n, err := strconv.ParseUint(name[i+len(ofFeed):], 10, 64); err == nil {
			if x.feeds[n] == 0 {
				return
			}
			name = name[:i+len(ofFeed)] + strconv.FormatUint(x.feeds[n], 10)
		}
	}
	// A data file that never had anything may have drawn an id for its own feed, and a
	// key. Nobody has seen them; those of the archive are known to feed readers. And it
	// may say that its stories, of which it has none, are of today's rules.
	own := x.fresh && (feed.IsIdentity(name) || name == "dedup/rules")
	if feed.IsFeedKey(name) && !x.keyless {
		return // one key goes with the others
	}
	was := w.b(tSetting).Get([]byte(name))
	if name == "" || len(name) > maxName || was != nil && (!own || bytes.Equal(was, f.Value)) {
		return
	}
	x.out.Settings++
	w.shown = true
	w.put(tSetting, []byte(name), slices.Clone(f.Value))
}

func (x *absorber) takeSubscriber(w *work, f *feed.Subscriber) {
	key := subscriberKey(f.Topic, f.Callback)
	if w.b(tSubscriber).Get(key) != nil || f.Until.IsZero() {
		return
	}
	x.out.Subscribers++
	w.putRecord(tSubscriber, key, recordSubscriber(*f))
}

// takeDecision takes in a decision that isn't here.
func (x *absorber) takeDecision(w *work, f *feed.KeptDecision) error {
	if slices.ContainsFunc(x.decided, func(d decided) bool { return x.same(&d, f) }) {
		return nil
	}
	k := *f
	k.Entries, k.Others, k.Moved = x.entriesOf(f.Entries), x.entriesOf(f.Others), x.entriesOf(f.Moved)
	k.From, k.To, k.Lead = x.story(f.From), x.story(f.To), x.entry(f.Lead)
	k.Relation.Of = x.entry(f.Relation.Of)
	if f.Story != nil {
		st := *f.Story
		st.ID, st.Lead, st.Event = k.From, x.entry(st.Lead), x.story(st.Event)
		k.Story = &st
	}
	k.Verdicts = nil
	for _, v := range f.Verdicts {
		k.Verdicts = append(k.Verdicts, x.verdict(v))
	}
	if x.fresh {
		x.last.Decisions = max(x.last.Decisions, k.ID)
	} else {
		var err error
		if k.ID, err = w.b(tDecision).NextSequence(); err != nil {
			return err
		}
		x.joined[f.From] = true
	}
	w.visible = true
	x.out.Decisions++
	w.putRecord(tDecision, number(k.ID), recordDecision(&k))
	return nil
}

// same reports whether a decision that is here is one of the archive. Entries of which
// nobody remembers anything have no number here.
func (x *absorber) same(d *decided, f *feed.KeptDecision) bool {
	if d.Kind != string(f.Kind) || d.At != millis(f.At) || len(d.Moved) != len(f.Moved) {
		return false
	}
	for i, n := range f.Moved {
		if ours, ok := x.entries[n]; ok && ours != d.Moved[i] {
			return false
		}
	}
	return true
}

// takeDissolved takes in where a story went: in a new data file always, else where a
// decision that was taken in dissolved it.
func (x *absorber) takeDissolved(w *work, f *feed.KeptDissolved) {
	if !x.fresh && !x.joined[f.Story] {
		return
	}
	id, into := x.story(f.Story), x.story(f.Into)
	if w.b(tStory).Get(number(id)) == nil && w.b(tDissolved).Get(number(id)) == nil {
		w.dissolve(id, into)
	}
}

// verdict gives a verdict our numbers.
func (x *absorber) verdict(v feed.Verdict) feed.Verdict {
	v.Of = x.entry(v.Of)
	v.Apart = slices.Clone(v.Apart)
	for i := range v.Apart {
		v.Apart[i].Of, v.Apart[i].Story = x.entry(v.Apart[i].Of), x.story(v.Apart[i].Story)
	}
	return v
}
