package poller

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"tidings/internal/feed"
	"tidings/internal/fetch"
	"tidings/internal/opml"
)

// batch is how many lines of a list are taken in by one transaction. Each costs a
// write that the disk confirms, and what it holds is the memory of an import.
const batch = 500

// intake takes in a list in two passes. The first finds the feeds that the list names
// more than once: their further folders have to be known when the feed is added, or
// an import that is cut short between the two would lose them. The second subscribes,
// batch after batch. Beside a batch, an import holds
// a hash and a number for each feed.
type intake struct {
	poller *Poller
	sheaf  *sheaf
	folder string // into which all is put; may be empty
	line   func(feed.ImportLine) error
	sum    feed.ImportSum

	private map[string]string // by canonical address: that of a followed feed, which has credentials too
	rules   []opml.Rule
	named   map[nameplate]uint32 // the outline that names each feed first, from 1
	again   map[nameplate]*again // feeds that are named more than once
	number  uint32               // of the outline, in the pass under way

	lines  []feed.ImportLine // of the batch
	wishes []feed.Wish       // of the batch
	place  []int             // for each wish: its line
}

// nameplate stands for a canonical address: a part of its hash, long enough that no
// list has two that share one.
type nameplate [16]byte

// again is what the further outlines of a feed say.
type again struct {
	line    int    // where the first stands
	folder  string // of the first
	folders map[string]bool
	tags    map[string]bool
}

// survey is the first pass. It changes nothing.
func (in *intake) survey(ctx context.Context) error {
	in.named, in.again = map[nameplate]uint32{}, map[nameplate]*again{}
	if err := in.withhold(ctx); err != nil {
		return err
	}
	list, err := in.sheaf.walk(ctx, func(item any) error {
		switch x := item.(type) {
		case opml.Outline:
			in.note(x)
		case opml.Rule:
			in.rules = append(in.rules, x)
		}
		return ctx.Err()
	})
	if err == nil {
		in.sum.Title = list.Title
	}
	return err
}

// withhold notes which followed feeds have credentials in their addresses. Our own
// lists leave these out, and name such a feed all the same.
func (in *intake) withhold(ctx context.Context) error {
	outlets, err := in.poller.store.Outlets(ctx)
	if err != nil {
		return err
	}
	in.private = map[string]string{}
	for _, o := range outlets {
		if u, err := url.Parse(o.URL); err == nil && u.User != nil {
			u.User = nil
			in.private[canonical(u.String())] = o.URL
		}
	}
	for bare := range in.private {
		_, err := in.poller.store.FindSubscription(ctx, bare)
		switch {
		case err == nil:
			delete(in.private, bare) // it is followed too, and meant
		case !errors.Is(err, feed.ErrNotFound):
			return err
		}
	}
	return nil
}

// note remembers a feed, and what an outline says that names it again.
func (in *intake) note(o opml.Outline) {
	in.number++
	w, err := in.wish(&o)
	if err != nil {
		return
	}
	plate := plateOf(w)
	if in.named[plate] == 0 {
		in.named[plate] = in.number
		return
	}
	a := in.again[plate]
	if a == nil {
		a = &again{folders: map[string]bool{}, tags: map[string]bool{}}
		in.again[plate] = a
	}
	a.folders[w.Folder] = true
	for _, t := range w.Tags {
		a.tags[t] = true
	}
}

func plateOf(w feed.Wish) nameplate {
	sum := sha256.Sum256([]byte(w.Canonical))
	return nameplate(sum[:16])
}

// wish is what an outline asks for, but for its site, and puts it into its folder.
func (in *intake) wish(o *opml.Outline) (feed.Wish, error) {
	o.Folder = strings.Trim(in.folder+"/"+o.Folder, "/")
	w := o.Wish()
	u, err := FeedURL(w.URL)
	if err != nil {
		return w, err
	}
	w.URL, w.Canonical = u, canonical(u)
	if whole, ok := in.private[w.Canonical]; ok {
		w.URL, w.Canonical = whole, canonical(whole)
	}
	return w, nil
}

// subscribe is the second pass.
func (in *intake) subscribe(ctx context.Context) error {
	in.number = 0
	_, err := in.sheaf.walk(ctx, func(item any) error {
		switch x := item.(type) {
		case opml.Outline:
			in.outline(x)
		case opml.Problem:
			in.lines = append(in.lines, problemLine(x))
		}
		if len(in.lines) < batch {
			return nil
		}
		return in.flush(ctx)
	})
	if err != nil {
		return err
	}
	return in.flush(ctx)
}

// outline puts an outline into the batch.
func (in *intake) outline(o opml.Outline) {
	in.number++
	w, err := in.wish(&o)
	if err != nil {
		in.lines = append(in.lines, outlineLine(o, feed.ImportFailed, err.Error()))
		return
	}
	plate := plateOf(w)
	a := in.again[plate]
	if in.named[plate] != in.number {
		in.lines = append(in.lines, outlineLine(o, feed.ImportTwice, a.reason(w)))
		return
	}
	w.Site = fetch.Site(w.URL)
	if a != nil {
		a.line, a.folder = o.Line, w.Folder
		w.Tags = a.allTags(w)
	}
	in.wishes, in.place = append(in.wishes, w), append(in.place, len(in.lines))
	in.lines = append(in.lines, outlineLine(o, feed.ImportKnown, ""))
}

// reason says what came of a further outline, which asks for w.
func (a *again) reason(w feed.Wish) string {
	reason := fmt.Sprintf("the same feed as in line %d", a.line)
	if w.Folder != "" && w.Folder != a.folder {
		reason += "; this folder is a tag of it"
	}
	return reason
}

// allTags are those of a feed whose first outline asks for w: its own, those of the
// others, and their folders, as readers with labels mean by them.
func (a *again) allTags(w feed.Wish) []string {
	tags := slices.AppendSeq(slices.Clone(w.Tags), maps.Keys(a.tags))
	for f := range a.folders {
		if f != w.Folder {
			tags = append(tags, f)
		}
	}
	return feed.CleanTags(tags)
}

// flush subscribes to the wishes of the batch in one transaction, and tells its
// lines.
func (in *intake) flush(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(in.wishes) > 0 {
		adds, err := in.poller.Subscribe(ctx, in.wishes)
		if err != nil {
			return err
		}
		for k, a := range adds {
			l := &in.lines[in.place[k]]
			l.Feed = a.Subscription.ID
			if a.Added {
				l.State = feed.ImportAdded
			}
		}
	}
	for _, l := range in.lines {
		if err := in.tell(l); err != nil {
			return err
		}
	}
	in.lines, in.wishes, in.place = in.lines[:0], in.wishes[:0], in.place[:0]
	return nil
}

func (in *intake) tell(l feed.ImportLine) error {
	in.sum.Note(l)
	return in.line(l)
}
