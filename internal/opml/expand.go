package opml

import (
	"bytes"
	"context"
	"fmt"
)

// How far included lists are followed: lists in lists in lists, and so many of
// them in all.
const (
	deepest      = 3
	mostIncluded = 20
)

// Fetch gives the bytes of the list at an address, and the address where it stands.
type Fetch func(ctx context.Context, address string) (body []byte, at string, err error)

// Fetched reads the list at an address and all that it includes, each once,
// whoever includes it. What an included list names has the folder of its outline
// before its own, and the list's address as Source. An include that can't be
// fetched or read, leads back, or goes too far, is a [Problem]. Limits hold for all
// lists together. The error is about the list itself, or that of ctx.
func Fetched(ctx context.Context, address string, fetch Fetch, limits Limits) (*List, error) {
	limits = limits.withDefaults()
	body, at, err := fetch(ctx, address)
	if err != nil {
		return nil, err
	}
	list, err := ReadAt(bytes.NewReader(body), at, limits)
	if err != nil {
		return nil, err
	}
	return list, Expand(ctx, list, at, fetch, limits)
}

// Expand follows the includes of a list that stands at an address, as [Fetched]
// does, and adds what they name to it. The error is that of ctx.
func Expand(ctx context.Context, list *List, at string, fetch Fetch, limits Limits) error {
	x := &expansion{list: list, fetch: fetch, limits: limits.withDefaults(), seen: map[string]bool{at: true}}
	first := list.Includes
	list.Includes = nil
	return x.follow(ctx, first, 1)
}

// expansion is the state of following includes.
type expansion struct {
	list    *List
	fetch   Fetch
	limits  Limits
	seen    map[string]bool // addresses of lists that were read, or begun
	fetched int
}

func (x *expansion) follow(ctx context.Context, includes []Include, depth int) error {
	for _, i := range includes {
		if err := ctx.Err(); err != nil {
			return err
		}
		switch {
		case x.seen[i.URL]:
			x.problem(i, "this list is included already")
		case depth > deepest:
			x.problem(i, fmt.Sprintf("lists are included more than %d deep; import it by its own address", deepest))
		case x.fetched >= mostIncluded:
			x.problem(i, fmt.Sprintf("more than %d lists are included; import it by its own address", mostIncluded))
		default:
			if err := x.include(ctx, i, depth); err != nil {
				return err
			}
		}
	}
	return nil
}

// include adds one list to what there is. Its own rules of folding are left out:
// folders are the reader's who includes it.
func (x *expansion) include(ctx context.Context, i Include, depth int) error {
	x.seen[i.URL] = true
	x.fetched++
	inner, at, err := x.read(ctx, i.URL)
	if err != nil {
		x.problem(i, "the included list can't be read: "+err.Error())
		return ctx.Err()
	}
	x.seen[at] = true
	for _, o := range inner.Feeds {
		o.Source, o.Folder = i.URL, cleanFolder(i.Folder+"/"+o.Folder)
		x.list.Feeds = append(x.list.Feeds, o)
	}
	for _, p := range inner.Problems {
		p.Source = i.URL
		x.list.Problems = append(x.list.Problems, p)
	}
	for k := range inner.Includes {
		inner.Includes[k].Source = i.URL
		inner.Includes[k].Folder = cleanFolder(i.Folder + "/" + inner.Includes[k].Folder)
	}
	x.list.Cut = x.list.Cut || inner.Cut
	return x.follow(ctx, inner.Includes, depth+1)
}

// read reads one list within what the limits leave.
func (x *expansion) read(ctx context.Context, address string) (*List, string, error) {
	left := x.limits
	left.Outlines -= len(x.list.Feeds)
	if left.Outlines <= 0 {
		return nil, "", fmt.Errorf("the lists have more than %d feeds together", x.limits.Outlines)
	}
	body, at, err := x.fetch(ctx, address)
	if err != nil {
		return nil, "", err
	}
	list, err := ReadAt(bytes.NewReader(body), at, left)
	return list, at, err
}

func (x *expansion) problem(i Include, reason string) {
	x.list.Cut = true
	x.list.Problems = append(x.list.Problems, Problem{Source: i.Source, Line: i.Line, Text: i.URL, Reason: reason})
}

// Unfollowed makes a problem of each include, for who has no address of the list or
// doesn't want to follow them.
func (l *List) Unfollowed() {
	for _, i := range l.Includes {
		l.Problems = append(l.Problems, Problem{Source: i.Source, Line: i.Line, Text: i.URL,
			Reason: "this is another list, not a feed: import it by its own address"})
	}
	l.Includes = nil
}
