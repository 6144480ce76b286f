package main

// The streams of `tidings dedup assign` and `judge`: JSON lines in, JSON lines
// out, which other programs write and read.

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"tidings/internal/measure"
	"tidings/internal/sanitize"
)

// longestLine is how long a line of JSON may be; a longer one is skipped, and told.
const longestLine = 16 << 20

// eachLine calls do with each line of standard input that isn't blank. Lines that
// do refuses are told on stderr with their number, skipped, and make the command
// fail at the end. out is flushed whenever input pauses, so that another program
// can converse with this one.
func (e *env) eachLine(ctx context.Context, out *bufio.Writer, do func(line []byte) error) error {
	in := bufio.NewReaderSize(e.stdin, 1<<16)
	bad := 0
	for n := 1; ctx.Err() == nil; n++ {
		line, err := readLine(in)
		if errors.Is(err, io.EOF) && len(line) == 0 {
			break
		}
		if err == nil || errors.Is(err, io.EOF) {
			err = nil
			if len(strings.TrimSpace(string(line))) > 0 {
				err = do(line)
			}
		} else if !errors.Is(err, errLongLine) {
			return errors.Join(err, out.Flush())
		}
		if err != nil {
			bad++
			fmt.Fprintf(e.stderr, "tidings: line %d is skipped: %v\n", n, err)
		}
		if in.Buffered() == 0 {
			if err := out.Flush(); err != nil {
				return err
			}
		}
	}
	if err := errors.Join(ctx.Err(), out.Flush()); err != nil {
		return err
	}
	if bad > 0 {
		return errSilent
	}
	return nil
}

var errLongLine = errors.New("it is longer than 16 MiB")

// readLine reads a line. One that is too long is read to its end and refused.
func readLine(in *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		if len(line)+len(part) <= longestLine {
			line = append(line, part...)
		} else {
			for errors.Is(err, bufio.ErrBufferFull) {
				_, err = in.ReadSlice('\n')
			}
			return nil, errLongLine
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}

// assigned is the answer to an item.
type assigned struct {
	ID       string    `json:"id"`
	Story    string    `json:"story"`
	Event    string    `json:"event"`
	Level    string    `json:"level"`
	Of       string    `json:"of"`
	Score    float64   `json:"score"`
	Need     float64   `json:"need,omitempty"`
	Evidence string    `json:"evidence"`
	Vetoed   []vetoed  `json:"vetoed"`
	Near     []missed  `json:"near,omitempty"`
	Related  *relation `json:"related,omitempty"`
}

// vetoed is an item that a rule kept it apart from.
type vetoed struct {
	Of     string `json:"of"`
	Reason string `json:"reason"`
}

// missed is an item that nearly was its copy.
type missed struct {
	Of       string  `json:"of"`
	Score    float64 `json:"score"`
	Need     float64 `json:"need"`
	Evidence string  `json:"evidence"`
}

// relation is why an item that tells a new story is in an event.
type relation struct {
	Of       string  `json:"of"`
	Score    float64 `json:"score"`
	Evidence string  `json:"evidence"`
}

func (e *env) dedupAssign(ctx context.Context, args []string, window time.Duration) error {
	if err := wantArgs(args, 0, 0, "items on standard input, and no arguments"); err != nil {
		return err
	}
	if window <= 0 {
		return usageError{errors.New("--window: want a duration like 336h")}
	}
	out := bufio.NewWriter(e.stdout)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	s, plain := measure.NewStream(window), plainText()
	return e.eachLine(ctx, out, func(line []byte) error {
		it, err := measure.ReadItem(line, plain)
		if err != nil {
			return err
		}
		if it.ID == "" {
			return errors.New("it has no id")
		}
		return enc.Encode(answer(s, s.Add(it)))
	})
}

func answer(s *measure.Stream, p measure.Placed) assigned {
	v := p.Verdict
	a := assigned{ID: p.ID, Story: p.StoryID, Event: p.EventID, Level: string(v.Level), Of: p.OfID, Score: v.Score, Need: v.Need,
		Evidence: v.Evidence, Vetoed: []vetoed{}}
	for _, n := range v.Apart {
		if n.Veto != "" {
			a.Vetoed = append(a.Vetoed, vetoed{s.Name(n.Of), n.Veto})
		} else {
			a.Near = append(a.Near, missed{s.Name(n.Of), n.Score, n.Need, n.Evidence})
		}
	}
	if r := p.Relation; r.Of != 0 {
		a.Related = &relation{s.Name(r.Of), r.Score, r.Evidence}
	}
	return a
}

// ruling is the answer to a pair.
type ruling struct {
	ID       string  `json:"id"`
	Verdict  string  `json:"verdict"`
	Level    string  `json:"level,omitempty"`
	Score    float64 `json:"score"`
	Evidence string  `json:"evidence"`
	Veto     string  `json:"veto"`
}

func (e *env) dedupJudge(ctx context.Context, args []string) error {
	if err := wantArgs(args, 0, 0, "pairs on standard input, and no arguments"); err != nil {
		return err
	}
	out := bufio.NewWriter(e.stdout)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	plain := plainText()
	return e.eachLine(ctx, out, func(line []byte) error {
		p, err := measure.ReadPair(line, plain)
		if err != nil {
			return err
		}
		j := measure.Judge(p.A, p.B)
		return enc.Encode(ruling{p.ID, j.Verdict, string(j.Level), j.Score, j.Evidence, j.Veto})
	})
}

// plainText gives what turns HTML into the plain text that the product would
// compare. What has no markup is taken as it is: "a < b" is no tag.
func plainText() func(string) string {
	s := sanitize.New()
	return func(text string) string {
		if !marked(text) {
			return text
		}
		return sanitize.Text(s.HTML(text, nil))
	}
}

// marked reports whether a text has tags or entities.
func marked(s string) bool {
	for rest := s; ; {
		i := strings.IndexByte(rest, '<')
		if i < 0 {
			break
		}
		if rest = rest[i+1:]; rest != "" && tagBegins(rest[0]) && strings.IndexByte(rest, '>') > 0 {
			return true
		}
	}
	for rest := s; ; {
		i := strings.IndexByte(rest, '&')
		if i < 0 {
			return false
		}
		rest = rest[i+1:]
		if n := strings.IndexByte(rest[:min(len(rest), 12)], ';'); n > 1 && !strings.ContainsAny(rest[:n], " \t\n&") {
			return true
		}
	}
}

func tagBegins(c byte) bool { return c == '/' || c == '!' || c|0x20 >= 'a' && c|0x20 <= 'z' }
