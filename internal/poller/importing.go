package poller

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tidings/internal/feed"
	"tidings/internal/fetch"
	"tidings/internal/opml"
)

// Import subscribes to what an OPML list names, in one transaction, and reports
// every line. What is there already is left as it is, so that importing twice
// changes nothing. A list at an address is asked for under the rules that hold for
// feeds, and so are the lists that it includes. The error is about the list as a
// whole: it could not be fetched, or is no OPML.
func (p *Poller) Import(ctx context.Context, r feed.ImportRequest) (feed.ImportReport, error) {
	if r.Follow {
		return p.follow(ctx, r)
	}
	list, err := p.readImport(ctx, r)
	if err != nil {
		return feed.ImportReport{}, err
	}
	plan := newPlan(list, r.Folder)
	adds, err := p.Subscribe(ctx, plan.wishes)
	if err != nil {
		return feed.ImportReport{}, err
	}
	report := plan.report(adds)
	if r.Folder == "" {
		err = p.takeRules(ctx, &report, list.Rules)
	}
	return report, err
}

func (p *Poller) readImport(ctx context.Context, r feed.ImportRequest) (*opml.List, error) {
	if r.URL == "" {
		list, err := opml.Read(bytes.NewReader(r.Body), opml.Limits{})
		if err == nil {
			list.Unfollowed()
		}
		return list, err
	}
	u, err := FeedURL(r.URL)
	if err != nil {
		return nil, err
	}
	return opml.Fetched(ctx, u, func(ctx context.Context, address string) ([]byte, string, error) {
		resp, err := p.get(ctx, address, listTypes)
		if err != nil {
			return nil, "", err
		}
		return resp.Body, resp.URL, nil
	}, opml.Limits{})
}

// follow begins to follow the list at an address, if what stands there is one. One
// that is followed already is polled.
func (p *Poller) follow(ctx context.Context, r feed.ImportRequest) (feed.ImportReport, error) {
	if r.URL == "" {
		return feed.ImportReport{}, feed.WithHint(errors.New("follow a list: it has no address"), "give the list's address, not a file")
	}
	u, err := FeedURL(r.URL)
	if err != nil {
		return feed.ImportReport{}, err
	}
	done, err := p.lists.take(ctx)
	if err != nil {
		return feed.ImportReport{}, err
	}
	defer done()
	l := feed.List{URL: u, Folder: r.Folder, Canonical: canonical(u), Site: fetch.Site(u)}
	all, err := p.store.Lists(ctx)
	if err != nil {
		return feed.ImportReport{}, err
	}
	if i := slices.IndexFunc(all, func(x feed.List) bool { return x.Canonical == l.Canonical }); i >= 0 {
		return p.pollAsked(ctx, all[i])
	}
	resp, err := p.get(ctx, u, listTypes)
	if err != nil {
		return feed.ImportReport{}, err
	}
	if _, err := readList(l, resp); err != nil {
		return feed.ImportReport{}, err
	}
	if l, _, err = p.store.FollowList(ctx, l, time.Now()); err != nil {
		return feed.ImportReport{}, err
	}
	defer p.wakeLists()
	return p.commitList(ctx, l, resp, nil)
}

// wakeLists makes keepLists look when the next list is due.
func (p *Poller) wakeLists() {
	select {
	case p.lists.wake <- struct{}{}:
	default:
	}
}

// plan is what to do about a list: a wish for each feed, and the outlines that it
// answers.
type plan struct {
	list   *opml.List
	wishes []feed.Wish
	first  []int // for each wish: the outline that it is made of
	lines  []feed.ImportLine
}

// newPlan makes a plan; the list's folders are put into folder. A feed that the list
// names more than once is wished for once, in the first of its folders; the others
// become tags, as does what readers with labels mean by them.
func newPlan(l *opml.List, folder string) *plan {
	p := &plan{list: l}
	at := map[string]int{} // wishes by canonical address
	for i, o := range l.Feeds {
		o.Folder = strings.Trim(folder+"/"+o.Folder, "/")
		w := o.Wish()
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
		p.lines = append(p.lines, feed.ImportLine{State: feed.ImportFailed, Line: x.Line, Source: x.Source, Title: x.Text, Reason: x.Reason})
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
	p.lines = append(p.lines, feed.ImportLine{State: s, Line: o.Line, Source: o.Source, Title: o.Title, URL: o.URL, Folder: o.Folder, Reason: reason})
	return &p.lines[len(p.lines)-1]
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

// takeRules takes over how copies are folded in folders where the reader has not
// chosen anything, and reports it.
func (p *Poller) takeRules(ctx context.Context, report *feed.ImportReport, rules []opml.Rule) error {
	if len(rules) == 0 {
		return nil
	}
	settings, err := p.store.Settings(ctx, feed.Scope{}.Setting())
	if err != nil {
		return err
	}
	have := feed.Rules(settings)
	for _, r := range rules {
		scope := feed.Scope{Folder: r.Folder}
		line := feed.ImportLine{State: feed.ImportSet, Folder: r.Folder, Title: "Folding of copies", Reason: ruleWords(r.Rule)}
		switch own := have.Of(scope); own {
		case r.Rule:
			continue
		case feed.Rule{}:
			if err := p.SetRule(ctx, scope, r.Rule); err != nil {
				return err
			}
		default:
			line.State = feed.ImportKept
			line.Reason = "yours stays: " + ruleWords(own)
		}
		report.Lines = append(report.Lines, line)
	}
	return nil
}

func ruleWords(r feed.Rule) string {
	var words []string
	if r.Fold != feed.FoldInherit {
		words = append(words, "folding "+string(r.Fold))
	}
	if r.Events != "" {
		words = append(words, "related coverage "+r.Events)
	}
	return strings.Join(words, ", ")
}
