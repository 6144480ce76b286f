package archive

import (
	"archive/zip"
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"tidings/internal/feed"
)

// Limits of what is read.
const (
	maxLine  = 64 << 20 // of one line, in bytes
	maxRatio = 300      // unpacked size to packed size …
	freeSize = 64 << 20 // … beyond these bytes
	maxFiles = 1000
)

// Reader reads an archive. It is a [feed.Holdings]. Make one with [Open].
type Reader struct {
	files map[string]*zip.File
	clean clean
	line  int   // the longest line
	total int64 // the most bytes unpacked
}

// Open reads the directory of an archive of size bytes, and all of its files once, so
// that a damaged one is refused before anything is done with it. html makes HTML of
// what the archive calls so. Errors carry a hint.
func Open(ctx context.Context, r io.ReaderAt, size int64, html func(fragment string) feed.HTML) (*Reader, error) {
	return open(ctx, r, size, html, maxLine)
}

func open(ctx context.Context, r io.ReaderAt, size int64, html func(string) feed.HTML, line int) (*Reader, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, feed.WithHint(fmt.Errorf("read archive: it is cut off or no zip file: %w", err), "export it again, or copy it again")
	}
	a := &Reader{files: map[string]*zip.File{}, clean: html, line: line, total: freeSize + maxRatio*size}
	if len(z.File) > maxFiles {
		return nil, feed.WithHint(fmt.Errorf("read archive: it has %d files", len(z.File)), "want an archive of tidings export --all")
	}
	for _, f := range z.File {
		if a.files[f.Name] != nil {
			return nil, feed.WithHint(fmt.Errorf("read archive: it has two files %s", f.Name), "want an archive of tidings export --all")
		}
		a.files[f.Name] = f
	}
	if _, err := a.manifest(); err != nil {
		return nil, err
	}
	if err := a.verify(ctx); err != nil {
		return nil, feed.WithHint(fmt.Errorf("read archive: %w", err), "it is damaged: export it again, or copy it again")
	}
	return a, nil
}

// manifest reads what the archive says of itself.
func (a *Reader) manifest() (*manifest, error) {
	wrong := func(err error) error {
		return feed.WithHint(fmt.Errorf("read archive: %w", err), "want an archive of tidings export --all")
	}
	f := a.files[fileManifest]
	if f == nil {
		return nil, wrong(errors.New("it has no " + fileManifest))
	}
	r, err := f.Open()
	if err != nil {
		return nil, wrong(err)
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, 1<<20))
	if err != nil {
		return nil, wrong(err)
	}
	var m manifest
	if err := json.Unmarshal(b, &m); err != nil || m.Format != format || m.Version < 1 {
		return nil, wrong(errors.New(fileManifest + " is none of tidings"))
	}
	if m.Version > Version {
		return nil, feed.WithHint(fmt.Errorf("read archive: its format is version %d, this program knows up to %d", m.Version, Version),
			"use the newer program")
	}
	return &m, nil
}

// jsonFiles are the files with facts, in their order, and how a line is read.
func jsonFiles() []struct {
	name string
	read func(line []byte, c clean) (any, error)
} {
	return []struct {
		name string
		read func(line []byte, c clean) (any, error)
	}{
		{fileFeeds, read[feedLine]}, {fileLists, read[listLine]}, {fileSettings, read[settingLine]}, {fileIcons, read[iconLine]}, {fileSeen, read[seenLine]},
		{fileBygone, read[tallyLine]}, {fileStories, readStory}, {fileDecisions, read[decisionLine]}, {fileDissolved, read[dissolvedLine]},
		{fileGone, read[goneLine]}, {fileGoneSeen, read[goneSeenLine]}, {fileGoneStories, readGoneStory}, {fileGoneBygone, read[goneDayLine]},
		{fileSubscribers, read[subscriberLine]},
	}
}

// read reads a line of type L.
func read[L any, P interface {
	*L
	fact() (any, error)
}](line []byte, _ clean) (any, error) {
	var l L
	if err := json.Unmarshal(line, &l); err != nil {
		return nil, err
	}
	return P(&l).fact()
}

func readStory(line []byte, c clean) (any, error) {
	var l storyLine
	if err := json.Unmarshal(line, &l); err != nil {
		return nil, err
	}
	return l.fact(c)
}

// verify unpacks everything, which compares it with its checksums.
func (a *Reader) verify(ctx context.Context) error {
	left := a.total
	for _, f := range jsonFiles() {
		if err := a.each(ctx, f.name, &left, func(int, []byte) error { return nil }); err != nil {
			return err
		}
	}
	return nil
}

// Facts implements [feed.Holdings].
func (a *Reader) Facts(ctx context.Context, bodies bool, yield func(at feed.Line, fact any) error, report func(feed.Problem)) error {
	m, err := a.manifest()
	if err != nil {
		return err
	}
	last := &feed.Numbers{Feeds: uint64(m.Last.Feed), Entries: uint64(m.Last.Entry), Stories: uint64(m.Last.Story), Decisions: uint64(m.Last.Decision),
		Lists: uint64(m.Last.List)}
	if err := yield(feed.Line{File: fileManifest, Number: 1}, last); err != nil {
		return err
	}
	c, left := a.clean, a.total
	if !bodies {
		c = nil
	}
	for _, f := range jsonFiles() {
		err := a.each(ctx, f.name, &left, func(n int, line []byte) error {
			at := feed.Line{File: f.name, Number: n}
			if line == nil {
				report(feed.Problem{Line: at, Reason: fmt.Sprintf("the line has more than %d bytes", a.line)})
				return nil
			}
			fact, err := f.read(line, c)
			if err != nil {
				report(feed.Problem{Line: at, Reason: err.Error()})
				return nil
			}
			return yield(at, fact)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// errBomb is an archive that unpacks to more than one would.
var errBomb = errors.New("it unpacks to more than an archive of its size would")

// each calls fn with every line of a file that isn't blank, without its end; with nil
// for one that is too long. left is how many bytes may still be unpacked.
func (a *Reader) each(ctx context.Context, name string, left *int64, fn func(n int, line []byte) error) error {
	f := a.files[name]
	if f == nil {
		return nil
	}
	r, err := f.Open()
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	defer r.Close()
	lines := &liner{r: bufio.NewReaderSize(r, 64<<10), most: a.line, left: left}
	for n := 1; ; n++ {
		line, err := lines.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err = cmp.Or(err, ctx.Err()); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if line != nil && len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if err := fn(n, line); err != nil {
			return err
		}
	}
}

// liner reads lines into one buffer.
type liner struct {
	r    *bufio.Reader
	buf  []byte
	most int
	left *int64
}

// next is the next line; nil if it is too long.
func (l *liner) next() ([]byte, error) {
	l.buf = l.buf[:0]
	read, long := 0, false
	for {
		part, err := l.r.ReadSlice('\n')
		read += len(part)
		if *l.left -= int64(len(part)); *l.left < 0 {
			return nil, errBomb
		}
		if long = long || len(l.buf)+len(part) > l.most; !long {
			l.buf = append(l.buf, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && read > 0, err == nil:
			if long {
				l.buf = l.buf[:0]
				return nil, nil
			}
			return l.buf, nil
		}
		return nil, err
	}
}
