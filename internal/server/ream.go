package server

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
)

// ream keeps lines of a report in a temporary file, and of itself no more than where
// each page of them begins. The zero value is empty. It is written by one, then read
// by many.
type ream struct {
	n     int
	pages []int64 // where each reportLines-th line begins
	size  int64

	mu   sync.Mutex // of what follows
	file *os.File   // nil while there are no lines, and after Close
	out  *bufio.Writer
}

// add adds a line.
func (m *ream) add(l reportLine) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.file == nil {
		f, err := os.CreateTemp("", "tidings-report-*.jsonl")
		if err != nil {
			return fmt.Errorf("keep the report: %w", err)
		}
		m.file, m.out = f, bufio.NewWriter(f)
	}
	b, err := json.Marshal(l)
	if err != nil {
		return err
	}
	if m.n%reportLines == 0 {
		m.pages = append(m.pages, m.size)
	}
	m.n++
	m.size += int64(len(b)) + 1
	if _, err = m.out.Write(append(b, '\n')); err != nil {
		return fmt.Errorf("keep the report: %w", err)
	}
	return nil
}

// read gives up to n lines from one on. The error wraps [fs.ErrClosed] after Close.
func (m *ream) read(from, n int) (lines []reportLine, err error) {
	if from >= m.n || n <= 0 {
		return nil, nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.file == nil {
		return nil, fmt.Errorf("read the report: %w", fs.ErrClosed)
	}
	if err := m.out.Flush(); err != nil {
		return nil, fmt.Errorf("keep the report: %w", err)
	}
	at := m.pages[from/reportLines]
	in := json.NewDecoder(io.NewSectionReader(m.file, at, m.size-at))
	for skip := from % reportLines; n > 0; skip-- {
		var l reportLine
		switch err := in.Decode(&l); {
		case errors.Is(err, io.EOF):
			return lines, nil
		case err != nil:
			return nil, fmt.Errorf("read the report: %w", err)
		case skip <= 0:
			lines = append(lines, l)
			n--
		}
	}
	return lines, nil
}

// Close removes the file.
func (m *ream) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.file == nil {
		return nil
	}
	f := m.file
	m.file, m.out = nil, nil
	return errors.Join(f.Close(), os.Remove(f.Name()))
}
