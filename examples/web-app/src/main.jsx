import { render } from "preact";
import { useState } from "preact/hooks";
import { Scale } from "./scale.jsx";

function App() {
  const [weights, setWeights] = useState({ gross: 862, tare: 860 });
  return <Scale {...weights} onChange={setWeights} />;
}

render(<App />, document.body);
