package poller

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"tidings/internal/feed"
	"tidings/internal/opml"
)

// sheaf is the documents of an import, which is read twice: the list, and those that
// it includes. They lie in a temporary file, so that their length costs no memory.
type sheaf struct {
	poller *Poller
	file   *os.File
	end    int64 // of what was written
	first  leaf
	leaves map[string]leaf // included lists by address
}

// leaf is a document, or why there is none.
type leaf struct {
	text *io.SectionReader
	at   string // the address where it stands; empty for a file
	err  error
}

// sheaf begins one with what a request asks for.
func (p *Poller) sheaf(ctx context.Context, r feed.ImportRequest) (*sheaf, error) {
	f, err := os.CreateTemp("", "tidings-list-*.opml")
	if err != nil {
		return nil, fmt.Errorf("keep the list: %w", err)
	}
	s := &sheaf{poller: p, file: f, leaves: map[string]leaf{}}
	if r.Body != nil {
		s.first = s.bind(io.LimitReader(r.Body, maxList), "")
	} else {
		var u string
		if u, s.first.err = FeedURL(r.URL); s.first.err == nil {
			s.first = s.fetch(ctx, u)
		}
	}
	if s.first.err != nil {
		s.close()
		return nil, s.first.err
	}
	return s, nil
}

func (s *sheaf) close() {
	s.file.Close()
	if err := os.Remove(s.file.Name()); err != nil && !errors.Is(err, os.ErrNotExist) {
		s.poller.log.Warn("remove a temporary file", "err", err)
	}
}

// bind adds a document.
func (s *sheaf) bind(r io.Reader, at string) leaf {
	n, err := io.Copy(io.NewOffsetWriter(s.file, s.end), r)
	if err != nil {
		return leaf{err: feed.WithHint(fmt.Errorf("keep the list: %w", err), "is there room in "+os.TempDir()+"?")}
	}
	text := io.NewSectionReader(s.file, s.end, n)
	s.end += n
	return leaf{text: text, at: at}
}

func (s *sheaf) fetch(ctx context.Context, address string) leaf {
	resp, err := s.poller.getList(ctx, address)
	if err != nil {
		return leaf{err: err}
	}
	return s.bind(opml.Section(resp.Body), resp.URL)
}

// walk reads the list and all that it includes. The included ones are asked for the
// first time only. Those of a file are not followed: it has no address.
func (s *sheaf) walk(ctx context.Context, each func(item any) error) (*opml.List, error) {
	follow := func(ctx context.Context, address string) (*io.SectionReader, string, error) {
		l, ok := s.leaves[address]
		if !ok {
			l = s.fetch(ctx, address)
			s.leaves[address] = l
		}
		return l.text, l.at, l.err
	}
	if s.first.at == "" {
		follow = nil
	}
	return opml.Walk(ctx, s.first.text, s.first.at, follow, opml.Limits{}, each)
}
