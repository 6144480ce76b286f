package poller

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tidings/internal/feed"
	"tidings/internal/fetch"
	"tidings/internal/opml"
)

// plan is what to do about a followed list, all at once: a wish for each feed, and the outlines that it
// answers.
type plan struct {
	list   *opml.List
	wishes []feed.Wish
	first  []int // for each wish: the outline that it is made of
	lines  []feed.ImportLine
}

// newPlan makes a plan; the list's folders are put into folder, and have the names that
// the reader gave them. A feed that the list
// names more than once is wished for once, in the first of its folders; the others
// become tags, as does what readers with labels mean by them.
func newPlan(l *opml.List, folder string, refiled feed.Refiled) *plan {
	p := &plan{list: l}
	at := map[string]int{} // wishes by canonical address
	for i, o := range l.Feeds {
		o.Folder = refiled.Of(strings.Trim(folder+"/"+o.Folder, "/"))
		w := o.Wish()
		w.When = feed.Timetable{} // how often publishers are asked is not for strangers to say
		u, err := FeedURL(w.URL)
		if err != nil {
			p.line(o, feed.ImportFailed, err.Error())
			continue
		}
		w.URL, w.Canonical, w.Site = u, canonical(u), fetch.Site(u)
		if k, twice := at[w.Canonical]; twice {
			p.again(k, w, o)
			continue
		}
		at[w.Canonical] = len(p.wishes)
		p.wishes, p.first = append(p.wishes, w), append(p.first, i)
	}
	for _, x := range l.Problems {
		p.lines = append(p.lines, problemLine(x))
	}
	return p
}

// again adds to wish k what another outline of the same feed says.
func (p *plan) again(k int, w feed.Wish, o opml.Outline) {
	was := &p.wishes[k]
	reason := fmt.Sprintf("the same feed as in line %d", p.list.Feeds[p.first[k]].Line)
	tags := append(slices.Clone(was.Tags), w.Tags...)
	if w.Folder != "" && w.Folder != was.Folder {
		tags = append(tags, w.Folder)
		reason += "; this folder is a tag of it"
	}
	was.Tags = feed.CleanTags(tags)
	p.line(o, feed.ImportTwice, reason)
}

func (p *plan) line(o opml.Outline, s feed.ImportState, reason string) *feed.ImportLine {
	p.lines = append(p.lines, outlineLine(o, s, reason))
	return &p.lines[len(p.lines)-1]
}

func problemLine(x opml.Problem) feed.ImportLine {
	return feed.ImportLine{State: feed.ImportFailed, Line: x.Line, Source: x.Source, Title: x.Text, Reason: x.Reason}
}

func outlineLine(o opml.Outline, s feed.ImportState, reason string) feed.ImportLine {
	return feed.ImportLine{State: s, Line: o.Line, Source: o.Source, Title: o.Title, URL: o.URL, Folder: o.Folder, Reason: reason}
}

// report tells what came of the plan, in the order of the list.
func (p *plan) report(adds []feed.Addition) feed.ImportReport {
	for k, a := range adds {
		o := p.list.Feeds[p.first[k]]
		o.Folder = p.wishes[k].Folder
		switch {
		case a.Added:
			p.line(o, feed.ImportAdded, "").Feed = a.Subscription.ID
		case a.Subscription.ID == 0:
			p.line(o, feed.ImportRemoved, "you removed it; to have it again, subscribe to it yourself")
		default:
			p.line(o, feed.ImportKnown, "").Feed = a.Subscription.ID
		}
	}
	slices.SortStableFunc(p.lines, func(a, b feed.ImportLine) int {
		return cmp.Or(strings.Compare(a.Source, b.Source), cmp.Compare(a.Line, b.Line))
	})
	return feed.ImportReport{Title: p.list.Title, Lines: p.lines}
}
