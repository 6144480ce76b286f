package poller

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"tidings/internal/feed"
	"tidings/internal/fetch"
	"tidings/internal/opml"
)

// Import subscribes to what an OPML list names, and tells what came of each line in
// the order of the list. What is there already is left as it is, so that importing
// twice changes nothing. Feeds are added in batches, each in one transaction: an
// import that is cancelled has added the beginning of the list, and importing again
// completes it. A list at an address is asked for under the rules that hold for
// feeds, and so are the lists that it includes. The error is about the list as a
// whole, which then has changed nothing (it could not be fetched, or is no OPML), or
// that of ctx, the store, or line.
func (p *Poller) Import(ctx context.Context, r feed.ImportRequest, line func(feed.ImportLine) error) (feed.ImportSum, error) {
	if r.Follow {
		report, err := p.follow(ctx, r)
		if err != nil {
			return feed.ImportSum{}, err
		}
		return report.Tell(line)
	}
	s, err := p.sheaf(ctx, r)
	if err != nil {
		return feed.ImportSum{}, err
	}
	defer s.close()
	in := &intake{poller: p, sheaf: s, folder: r.Folder, line: line}
	if err := in.survey(ctx); err != nil {
		return feed.ImportSum{}, err
	}
	if err := in.subscribe(ctx); err != nil {
		return in.sum, err
	}
	if r.Folder == "" {
		err = p.takeRules(ctx, in.rules, in.tell)
	}
	return in.sum, err
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
	resp, err := p.getList(ctx, u)
	if err != nil {
		return feed.ImportReport{}, err
	}
	if _, err := readList(l, nil, resp); err != nil {
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

// takeRules takes over how copies are folded in folders where the reader has not
// chosen anything, and tells it.
func (p *Poller) takeRules(ctx context.Context, rules []opml.Rule, tell func(feed.ImportLine) error) error {
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
		if err := tell(line); err != nil {
			return err
		}
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
