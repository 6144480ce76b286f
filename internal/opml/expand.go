package opml

import (
	"context"
	"fmt"
	"io"
)

// How far included lists are followed: lists in lists in lists, and so many of
// them in all.
const (
	deepest      = 3
	mostIncluded = 20
)

// Fetch gives the list at an address, and the address where it stands.
type Fetch func(ctx context.Context, address string) (text *io.SectionReader, at string, err error)

// notFollowed is why an include is not.
const notFollowed = "this is another list, not a feed: import it by its own address"

// Walk reads a list that stands at an address as [Scan] does, and then all that it
// includes, each once, whoever includes it. What an included list names has the
// folder of its outline before its own, and the list's address as Source; its rules
// of folding are left out, for folders are the reader's who includes it. An include
// that can't be fetched or read, leads back, or goes too far, is a [Problem]; so is
// each where fetch is nil. Limits hold for all lists together. The error is about the
// list itself, or that of ctx or each.
func Walk(ctx context.Context, text *io.SectionReader, at string, fetch Fetch, limits Limits, each func(item any) error) (*List, error) {
	x := &walk{fetch: fetch, limits: limits.withDefaults(), each: each, seen: map[string]bool{at: true}}
	var includes []Include
	list, err := Scan(text, at, limits, func(item any) error {
		switch i := item.(type) {
		case Outline:
			x.feeds++
		case Include:
			if fetch != nil {
				includes = append(includes, i)
				return nil
			}
			item = Problem{Source: i.Source, Line: i.Line, Text: i.URL, Reason: notFollowed}
		}
		return each(item)
	})
	if err != nil {
		return nil, err
	}
	err = x.follow(ctx, includes, 1)
	list.Cut = list.Cut || x.cut
	return list, err
}

// walk is the state of following includes.
type walk struct {
	fetch   Fetch
	limits  Limits
	each    func(item any) error
	seen    map[string]bool // addresses of lists that were read, or begun
	fetched int
	feeds   int
	cut     bool
}

func (x *walk) follow(ctx context.Context, includes []Include, depth int) (err error) {
	for _, i := range includes {
		if err := ctx.Err(); err != nil {
			return err
		}
		switch {
		case x.seen[i.URL]:
			err = x.problem(i, "this list is included already")
		case depth > deepest:
			err = x.problem(i, fmt.Sprintf("lists are included more than %d deep; import it by its own address", deepest))
		case x.fetched >= mostIncluded:
			err = x.problem(i, fmt.Sprintf("more than %d lists are included; import it by its own address", mostIncluded))
		case x.feeds >= x.limits.Outlines:
			err = x.problem(i, fmt.Sprintf("the lists have more than %d feeds together", x.limits.Outlines))
		default:
			err = x.include(ctx, i, depth)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// include reads one list, and then those that it includes.
func (x *walk) include(ctx context.Context, i Include, depth int) error {
	x.seen[i.URL] = true
	x.fetched++
	text, at, err := x.fetch(ctx, i.URL)
	if err != nil {
		return x.unread(ctx, i, err)
	}
	x.seen[at] = true
	left := x.limits
	left.Outlines -= x.feeds
	var refused error
	var inner []Include
	list, err := Scan(text, at, left, func(item any) error {
		refused = x.inner(i, item, &inner)
		return refused
	})
	switch {
	case refused != nil:
		return refused
	case err != nil:
		return x.unread(ctx, i, err)
	}
	x.cut = x.cut || list.Cut
	return x.follow(ctx, inner, depth+1)
}

// inner hands on what an included list holds, and collects what that includes.
func (x *walk) inner(i Include, item any, includes *[]Include) error {
	switch in := item.(type) {
	case Outline:
		x.feeds++
		in.Source, in.Folder = i.URL, cleanFolder(i.Folder+"/"+in.Folder)
		return x.each(in)
	case Problem:
		in.Source = i.URL
		return x.each(in)
	case Include:
		in.Source, in.Folder = i.URL, cleanFolder(i.Folder+"/"+in.Folder)
		*includes = append(*includes, in)
	}
	return nil
}

func (x *walk) unread(ctx context.Context, i Include, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return x.problem(i, "the included list can't be read: "+err.Error())
}

func (x *walk) problem(i Include, reason string) error {
	x.cut = true
	return x.each(Problem{Source: i.Source, Line: i.Line, Text: i.URL, Reason: reason})
}

// Unfollowed makes a problem of each include, for who has no address of the list or
// doesn't want to follow them.
func (l *List) Unfollowed() {
	for _, i := range l.Includes {
		l.Problems = append(l.Problems, Problem{Source: i.Source, Line: i.Line, Text: i.URL, Reason: notFollowed})
	}
	l.Includes = nil
}
