package boltstore

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"runtime/debug"

	bolt "go.etcd.io/bbolt"

	"tidings/internal/feed"
)

// bbolt maps the data file and trusts its size: a page beyond the end of the file
// isn't an error but a signal that kills the program. So files are measured
// before bbolt sees them, and what happens to one that is cut off while it is
// open is caught where it is read.

// errCutOff says that a data file is shorter than it says itself.
var errCutOff = errors.New("the file is cut off")

const hintCutOff = "stop tidings, check the disk, and go back to a backup"

// The meta page of bbolt: a header of 16 bytes, then the meta, of which the last
// eight bytes are the FNV-1a sum of all before (bbolt, internal/common/meta.go).
// Numbers are in the byte order of the machine.
const (
	metaHeader   = 16
	metaMagic    = 0
	metaPageSize = 8
	metaPages    = 40 // one above the highest page in use
	metaTxn      = 48
	metaSum      = 56
	metaEnd      = 64

	boltMagic    = 0xED0CDAED
	leastPage    = 1 << 10 // bbolt looks for the second meta page at these places
	greatestPage = 1 << 24
)

// meta is what a meta page says about the size of its file.
type meta struct {
	pageSize uint64 // bytes
	pages    uint64
	txn      uint64
}

// measure fails with errCutOff if the file is shorter than its newest meta page
// says. A file without a sound one is left to bbolt to judge. It may be growing
// under another process: that makes a file longer before it says so.
func measure(f *os.File) error {
	newest, ok := newestMeta(f)
	if !ok {
		return nil
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	return compare(info.Size(), int64(max(newest.pages, 2)*newest.pageSize))
}

// cutShort fails with errCutOff if the file has become shorter than a transaction
// knows it.
func cutShort(tx *bolt.Tx) error {
	has, err := size(tx.DB().Path())
	if err != nil {
		return fmt.Errorf("measure data file: %w", err)
	}
	err = compare(has, tx.Size())
	if err != nil {
		return feed.WithHint(fmt.Errorf("read data file: %w", err), hintCutOff)
	}
	return nil
}

func compare(has, should int64) error {
	if has >= should {
		return nil
	}
	return fmt.Errorf("%w: it has %d bytes, and should have at least %d", errCutOff, has, should)
}

// newestMeta is the sound meta page of the last transaction.
func newestMeta(r io.ReaderAt) (meta, bool) {
	m, found := readMeta(r, 0)
	if found {
		if other, ok := readMeta(r, int64(m.pageSize)); ok && other.txn > m.txn {
			m = other
		}
		return m, true
	}
	for at := int64(leastPage); at <= greatestPage; at *= 2 {
		if m, ok := readMeta(r, at); ok {
			return m, true
		}
	}
	return meta{}, false
}

// readMeta reads the meta page at an offset; false if there is no sound one.
func readMeta(r io.ReaderAt, at int64) (meta, bool) {
	var page [metaHeader + metaEnd]byte
	if _, err := r.ReadAt(page[:], at); err != nil {
		return meta{}, false
	}
	b, order := page[metaHeader:], binary.NativeEndian
	sum := fnv.New64a()
	sum.Write(b[:metaSum])
	m := meta{
		pageSize: uint64(order.Uint32(b[metaPageSize:])),
		pages:    order.Uint64(b[metaPages:]),
		txn:      order.Uint64(b[metaTxn:]),
	}
	sound := order.Uint32(b[metaMagic:]) == boltMagic && order.Uint64(b[metaSum:]) == sum.Sum64() &&
		leastPage <= m.pageSize && m.pageSize <= greatestPage && m.pages < 1<<38
	return m, sound
}

// openMeasured opens a file for bbolt, unless it is cut off.
func openMeasured(name string, flag int, mode os.FileMode) (*os.File, error) {
	f, err := os.OpenFile(name, flag, mode)
	if err != nil {
		return nil, err
	}
	if err := measure(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// read runs fn in a read transaction of bbolt.
func (s *Store) read(fn func(*bolt.Tx) error) error {
	return survive(func() error { return s.db.View(fn) })
}

// survive runs fn, which reads the mapped file, and makes an error of a fault: the
// file was cut off after it had been opened, or the disk can't read it. Other
// panics go on.
func survive(fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		fault, ok := p.(interface {
			error
			Addr() uintptr
		})
		if !ok {
			panic(p)
		}
		err = feed.WithHint(fmt.Errorf("read data file: a page can't be read, perhaps because %w: %w", errCutOff, fault),
			hintCutOff)
	}()
	return fn()
}
