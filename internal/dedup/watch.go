package dedup

// Compared is what the index saw in a pair, for fitting the weight table.
type Compared struct {
	New, Old uint64    // entries
	X        []float64 // the features, in the order of [Features]
	Texts    bool      // both have a text
	Veto     string    // empty for none
	Template bool      // the veto says that they are not even of one event
}

// Watch has the index tell of each pair that it compares with a new entry.
func (x *Index) Watch(f func(Compared)) { x.watch = f }

// Features are the names of the features of a pair, as the weight table has them.
func Features() []string { return featureNames[:] }

// JudgePair is [Judge], and what it saw; nil if it compared nothing.
func JudgePair(a, b Item) (j Judgement, saw *Compared) {
	return judge(a, b, func(c Compared) { saw = &c }), saw
}

func (x *Index) tell(e *newcomer, m *match) {
	if x.watch != nil {
		x.watch(Compared{New: e.entry, Old: m.r.entry, X: append([]float64(nil), m.x[:]...), Texts: m.long, Veto: string(m.veto), Template: m.mould()})
	}
}

// Kin is what the index saw in a new entry and an event.
type Kin struct {
	New, Old uint64 // entries; Old is of the event
	Event    uint64
	X        []float64 // in the order of [KinFeatures]
	Texts    bool
}

// WatchKin has the index tell of each event that it considers for a new entry.
func (x *Index) WatchKin(f func(Kin)) { x.watchKin = f }

// KinFeatures are the names of the features of an entry and an event.
func KinFeatures() []string { return kinNames[:] }

func (x *Index) tellKin(e *newcomer, m *match, k *kinship) {
	if x.watchKin != nil {
		x.watchKin(Kin{New: e.entry, Old: m.r.entry, Event: m.r.event, X: append([]float64(nil), k[:]...), Texts: m.long})
	}
}
