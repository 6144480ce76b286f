package measure

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// noisy makes examples whose log-odds are known.
func noisy(n int, bias float64, weights []float64) []Example {
	uniform := rand.New(rand.NewPCG(uint64(n), 7)).Float64
	es := make([]Example, n)
	for i := range es {
		odds := bias
		for k, w := range weights {
			x := (uniform() - 0.5) * math.Pow(10, float64(k))
			es[i].X = append(es[i].X, x)
			odds += w * x
		}
		es[i].Y = uniform() < 1/(1+math.Exp(-odds))
	}
	return es
}

func TestFitFindsTheWeights(t *testing.T) {
	want := []float64{6, -0.8, 0.03}
	m, err := Fit(noisy(20_000, 0.5, want), Fitting{L2: 1e-6, Yes: 1, No: 1})
	if err != nil {
		t.Fatal(err)
	}
	for i, w := range want {
		if math.Abs(m.Weights[i]-w) > 0.1*math.Abs(w) {
			t.Errorf("weight %d: got %v, want %v", i, m.Weights[i], w)
		}
	}
	if math.Abs(m.Bias-0.5) > 0.1 {
		t.Errorf("bias: got %v", m.Bias)
	}
}

func TestFitIsDeterministic(t *testing.T) {
	a, err1 := Fit(noisy(500, 0, []float64{3, -1}), Fitting{})
	b, err2 := Fit(noisy(500, 0, []float64{3, -1}), Fitting{})
	if err1 != nil || err2 != nil || a.Bias != b.Bias || !slices.Equal(a.Weights, b.Weights) {
		t.Errorf("got %v and %v (%v, %v)", a, b, err1, err2)
	}
}

func TestFitStandsWhatIsSeparable(t *testing.T) {
	es := []Example{{[]float64{1, 5}, true}, {[]float64{2, 5}, true}, {[]float64{-1, 5}, false}, {[]float64{-2, 5}, false}}
	m, err := Fit(es, Fitting{L2: 0.01})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range es {
		if p := m.Score(e.X); math.IsNaN(p) || (p > 0) != e.Y {
			t.Errorf("%v: score %v", e, p)
		}
	}
	if m.Weights[1] != 0 {
		t.Errorf("a constant input has the weight %v", m.Weights[1])
	}
}

func TestFitWeighsClasses(t *testing.T) {
	es := noisy(4000, -3, []float64{4})
	plain, err1 := Fit(es, Fitting{Yes: 1, No: 1})
	even, err2 := Fit(es, Fitting{})
	if err1 != nil || err2 != nil || even.Bias < plain.Bias+1 {
		t.Errorf("bias %v with plain weights, %v with even ones (%v, %v)", plain.Bias, even.Bias, err1, err2)
	}
}

func TestFitKeepsWeightsPositive(t *testing.T) {
	es := noisy(4000, 0, []float64{-4, 1})
	m, err := Fit(es, Fitting{Positive: map[int]bool{0: true, 1: true}})
	if err != nil || m.Weights[0] != 0 || m.Weights[1] <= 0 {
		t.Errorf("got %v, %v", m, err)
	}
}

func TestFitShrinks(t *testing.T) {
	es := noisy(1000, 0, []float64{5})
	weak, _ := Fit(es, Fitting{L2: 1e-6})
	strong, _ := Fit(es, Fitting{L2: 1})
	if !(strong.Weights[0] > 0 && strong.Weights[0] < weak.Weights[0]/2) {
		t.Errorf("weights %v and %v", weak.Weights[0], strong.Weights[0])
	}
}

func TestFitRefuses(t *testing.T) {
	for name, es := range map[string][]Example{
		"nothing":           nil,
		"one class":         {{[]float64{1}, true}, {[]float64{2}, true}},
		"two lengths":       {{[]float64{1}, true}, {[]float64{2, 3}, false}},
		"what is no number": {{[]float64{math.NaN()}, true}, {[]float64{2}, false}},
	} {
		if m, err := Fit(es, Fitting{}); err == nil {
			t.Errorf("%s: got %v", name, m)
		}
	}
}
