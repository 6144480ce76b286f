package boltstore

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// Rows hold the cells of a day, or of 32 days of a feed.
const (
	hoursInRow = 24
	daysInRow  = 32
)

// row tells which row holds a cell, and where in it.
func (c cell) row() (block int64, slot uint8) {
	n := int64(slotsOf(c.feed))
	at := ((c.at % n) + n) % n
	return (c.at - at) / n, uint8(at)
}

// cellOf is the cell of a row at a place in it.
func cellOf(block int64, id uint64, slot uint8) cell {
	return cell{id, block*int64(slotsOf(id)) + int64(slot)}
}

// slotsOf is how many cells a row has.
func slotsOf(id uint64) uint8 {
	if id == 0 {
		return hoursInRow
	}
	return daysInRow
}

// tallied is a cell that isn't zero: the row that holds it, its place there, its sums.
type tallied struct {
	block int64
	feed  uint64
	slot  uint8
	sums
}

// sorted lists the cells in order of the keys of their rows, then of their places.
func (t tallies) sorted() []tallied {
	all := make([]tallied, 0, len(t))
	for c, n := range t {
		if n != (sums{}) {
			block, slot := c.row()
			all = append(all, tallied{block, c.feed, slot, n})
		}
	}
	slices.SortFunc(all, func(a, b tallied) int {
		return cmp.Or(cmp.Compare(min(a.feed, 1), min(b.feed, 1)), cmp.Compare(a.block, b.block), cmp.Compare(a.feed, b.feed), cmp.Compare(a.slot, b.slot))
	})
	return all
}

// sameRow tells how many of the first cells are in one row.
func sameRow(cells []tallied) int {
	n := 1
	for n < len(cells) && cells[n].block == cells[0].block && cells[n].feed == cells[0].feed {
		n++
	}
	return n
}

// rows packs the cells by the rows that hold them, in order of their keys.
func (t tallies) rows() (rs []row) {
	for all := t.sorted(); len(all) > 0; {
		n := sameRow(all)
		v, _ := mergeTally(all[0].feed, nil, all[:n])
		rs = append(rs, row{tallyKey(all[0].block, all[0].feed), v})
		all = all[n:]
	}
	return rs
}

// mergeTally adds cells, in order of their places, to a row; false if that can't be read.
func mergeTally(id uint64, had []byte, cells []tallied) (v []byte, ok bool) {
	v = make([]byte, 0, len(had)+8*len(cells))
	ok = readTally(id, had, func(slot uint8, n sums) {
		for len(cells) > 0 && cells[0].slot < slot {
			v = appendCell(v, id, cells[0].slot, cells[0].sums)
			cells = cells[1:]
		}
		if len(cells) > 0 && cells[0].slot == slot {
			n = n.plus(cells[0].sums)
			cells = cells[1:]
		}
		v = appendCell(v, id, slot, n)
	})
	for _, c := range cells {
		v = appendCell(v, id, c.slot, c.sums)
	}
	return v, ok
}

// packTally writes the cells that aren't zero by their places. It is nil where all are.
func packTally(id uint64, cells map[uint8]sums) (v []byte) {
	for slot := range slotsOf(id) {
		v = appendCell(v, id, slot, cells[slot])
	}
	return v
}

// appendCell writes a cell: its place in the row and its fields; nothing where it is zero.
func appendCell(v []byte, id uint64, slot uint8, n sums) []byte {
	if n == (sums{}) {
		return v
	}
	v = append(v, slot)
	for _, x := range n[:fieldsOf(id)] {
		v = binary.AppendVarint(v, int64(x))
	}
	return v
}

func fieldsOf(id uint64) int {
	if id == 0 {
		return hourFields
	}
	return dayFields
}

// unpackTally reads a row.
func unpackTally(id uint64, v []byte) (cells map[uint8]sums, ok bool) {
	cells = map[uint8]sums{}
	ok = readTally(id, v, func(slot uint8, n sums) { cells[slot] = n })
	return cells, ok
}

// readTally calls fn with the cells of a row; false if it can't be read.
func readTally(id uint64, v []byte, fn func(slot uint8, n sums)) bool {
	next := uint8(0) // no slot comes twice
	for len(v) > 0 {
		slot := v[0]
		v = v[1:]
		var n sums
		for i := range fieldsOf(id) {
			x, size := binary.Varint(v)
			if size <= 0 {
				return false
			}
			n[i], v = int(x), v[size:]
		}
		if slot < next || slot >= slotsOf(id) {
			return false
		}
		next = slot + 1
		fn(slot, n)
	}
	return true
}
