package dedup

import "hash/maphash"

// heads finds the newest record of each chain by the number that all of the chain
// have, such as their address or story; records have it themselves, so that a slot is
// a record's number and no more. It is a hash table with open addressing (linear
// probing, Knuth 6.4 algorithms L and R), seeded, because publishers choose the numbers.
//
// A record must have its number for as long as it is in the table.
type heads struct {
	records *ring
	key     func(*record) uint64
	seed    maphash.Seed
	slots   []uint32 // a power of two of them; 0: free
	used    int
}

func newHeads(records *ring, key func(*record) uint64) heads {
	return heads{records: records, key: key, seed: maphash.MakeSeed(), slots: make([]uint32, 8)}
}

// slot is where the search for a key begins.
func (h *heads) slot(key uint64) int {
	return int(maphash.Comparable(h.seed, key)) & (len(h.slots) - 1)
}

// find is where a key is, or the free slot where its search ends.
func (h *heads) find(key uint64) int {
	i := h.slot(key)
	for h.slots[i] != 0 && h.key(h.records.at(h.slots[i])) != key {
		i = (i + 1) & (len(h.slots) - 1)
	}
	return i
}

// get gives the record of a key, 0 if there is none.
func (h *heads) get(key uint64) uint32 { return h.slots[h.find(key)] }

// set makes a record that of its key.
func (h *heads) set(record uint32) {
	i := h.find(h.key(h.records.at(record)))
	if h.slots[i] == 0 {
		h.used++
	}
	h.slots[i] = record
	if 4*h.used > 3*len(h.slots) {
		h.grow()
	}
}

func (h *heads) grow() {
	old := h.slots
	h.slots = make([]uint32, 2*len(old))
	for _, n := range old {
		if n != 0 {
			h.slots[h.find(h.key(h.records.at(n)))] = n
		}
	}
}

// remove takes a key out, and closes the gap: what was put behind it because its own
// slot was taken moves there.
func (h *heads) remove(key uint64) {
	gap := h.find(key)
	if h.slots[gap] == 0 {
		return
	}
	h.used--
	mask := len(h.slots) - 1
	for i := (gap + 1) & mask; h.slots[i] != 0; i = (i + 1) & mask {
		home := h.slot(h.key(h.records.at(h.slots[i])))
		if (i-home)&mask >= (i-gap)&mask { // its search comes by the gap
			h.slots[gap], gap = h.slots[i], i
		}
	}
	h.slots[gap] = 0
}
