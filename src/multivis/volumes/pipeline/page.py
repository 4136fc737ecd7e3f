"""A page that turns a scene in the browser: one file, WebGL, nothing fetched."""

from __future__ import annotations

import base64
import html
import json
from typing import TYPE_CHECKING, Any

from multivis.volumes.pipeline.camera import VIEW_ANGLE
from multivis.volumes.pipeline.scene import Scene

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from multivis.volumes.pipeline.export import Mesh

__all__ = ["scene_page"]


def scene_page(scene: Scene, *, title: str = "") -> str:
    """A page that shows the surfaces of a scene; dragging turns, the wheel zooms.

    Args:
        scene: From `build_scene`.
        title: Of the page; the specification's when empty.

    Raises:
        InputError: The scene has no surface.
    """
    from multivis.volumes.pipeline.export import meshes_of

    specification, place = scene.specification, scene.place
    title = title or specification.title or "Volume"
    data = {
        "background": specification.background,
        "meshes": [_packed(mesh) for mesh in meshes_of(scene)],
        "angle": VIEW_ANGLE,
        "position": place.position if place else (0, -1, 0),
        "focal": place.focal_point if place else (0, 0, 0),
        "up": place.up if place else (0, 0, 1),
    }
    text = json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")
    return (
        _PAGE.replace("{{TITLE}}", html.escape(title))
        .replace("{{BACKGROUND}}", specification.background)
        .replace("{{DATA}}", text)
    )


def _packed(mesh: Mesh) -> dict[str, Any]:
    """A mesh as JSON with base64 arrays; normals as signed bytes."""
    import numpy as np

    packed: dict[str, Any] = {
        "name": mesh.name,
        "positions": _text(mesh.positions.astype("<f4")),
        "triangles": _text(mesh.triangles.astype("<u4")),
        "lines": _text(mesh.lines.astype("<u4")),
        "points": _text(mesh.points.astype("<u4")),
        "color": list(mesh.color),
        "opacity": mesh.opacity,
        "lit": mesh.lit and mesh.normals is not None,
    }
    if mesh.normals is not None:
        wide = np.zeros((len(mesh.normals), 4), np.int8)
        wide[:, :3] = np.clip(np.nan_to_num(mesh.normals) * 127, -127, 127)
        packed["normals"] = _text(wide)
    if mesh.colors is not None:
        packed["colors"] = _text(mesh.colors)
    return packed


def _text(array: NDArray[Any]) -> str:
    return base64.b64encode(array.tobytes()).decode("ascii")


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{TITLE}}</title>
<meta name="viewport" content="width=device-width,initial-scale=1">
<style>
html,body{margin:0;height:100%;background:{{BACKGROUND}};font:13px system-ui,sans-serif}
canvas{width:100%;height:100%;display:block;touch-action:none;cursor:grab}
#parts{position:fixed;left:12px;top:12px;background:#ffffffd9;border-radius:8px;padding:8px 12px;
color:#20252c;box-shadow:0 1px 4px #0003}
#parts label{display:block;margin:3px 0}#parts input[type=range]{width:90px;vertical-align:middle}
#message{position:fixed;inset:0;display:none;align-items:center;justify-content:center}
</style></head><body><canvas id="view" aria-label="{{TITLE}}"></canvas><div id="parts"></div>
<div id="message">This browser has no WebGL, so the scene cannot be shown.</div>
<script type="application/json" id="scene">{{DATA}}</script>
<script>
"use strict";
const scene = JSON.parse(document.getElementById("scene").textContent);
const canvas = document.getElementById("view");
const gl = canvas.getContext("webgl2", {antialias: true, alpha: false});
if (!gl) { document.getElementById("message").style.display = "flex"; throw new Error("no WebGL"); }
const bytes = text => Uint8Array.from(atob(text), c => c.charCodeAt(0)).buffer;
const vertex = `#version 300 es
in vec3 position; in vec4 normal; in vec4 color; uniform mat4 matrix; uniform mat3 turn;
out vec3 n; out vec4 c; void main() { gl_Position = matrix * vec4(position, 1.0);
gl_PointSize = 3.0; n = turn * normal.xyz; c = color; }`;
const fragment = `#version 300 es
precision highp float; in vec3 n; in vec4 c; uniform float lit; uniform float opacity;
out vec4 result; void main() { vec3 shade = c.rgb; if (lit > 0.5) { vec3 m = normalize(n);
if (!gl_FrontFacing) m = -m; if (m.z < 0.0) m = -m;
float key = max(dot(m, normalize(vec3(0.3, 0.7, 0.75))), 0.0);
float fill = max(dot(m, normalize(vec3(-0.5, -0.5, 0.6))), 0.0);
float glow = pow(max(dot(m, normalize(vec3(0.15, 0.35, 0.93))), 0.0), 28.0);
shade = shade * (0.12 + 0.72 * key + 0.28 * fill) + 0.12 * glow; }
result = vec4(shade, c.a * opacity); }`;
function compiled(kind, text) { const s = gl.createShader(kind); gl.shaderSource(s, text);
  gl.compileShader(s); return s; }
const program = gl.createProgram();
gl.attachShader(program, compiled(gl.VERTEX_SHADER, vertex));
gl.attachShader(program, compiled(gl.FRAGMENT_SHADER, fragment));
["position", "normal", "color"].forEach((name, i) => gl.bindAttribLocation(program, i, name));
gl.linkProgram(program); gl.useProgram(program);
const place = Object.fromEntries(["matrix", "turn", "lit", "opacity"].map(
  name => [name, gl.getUniformLocation(program, name)]));
function filled(target, data) { const b = gl.createBuffer(); gl.bindBuffer(target, b);
  gl.bufferData(target, data, gl.STATIC_DRAW); return b; }
let radius = 0;
const parts = scene.meshes.map(mesh => {
  const array = gl.createVertexArray(); gl.bindVertexArray(array);
  const positions = new Float32Array(bytes(mesh.positions));
  for (let i = 0; i < positions.length; i += 3)
    radius = Math.max(radius, Math.hypot(positions[i] - scene.focal[0],
      positions[i + 1] - scene.focal[1], positions[i + 2] - scene.focal[2]));
  filled(gl.ARRAY_BUFFER, positions); gl.enableVertexAttribArray(0);
  gl.vertexAttribPointer(0, 3, gl.FLOAT, false, 0, 0);
  if (mesh.normals) { filled(gl.ARRAY_BUFFER, bytes(mesh.normals)); gl.enableVertexAttribArray(1);
    gl.vertexAttribPointer(1, 4, gl.BYTE, true, 0, 0); }
  if (mesh.colors) { filled(gl.ARRAY_BUFFER, bytes(mesh.colors)); gl.enableVertexAttribArray(2);
    gl.vertexAttribPointer(2, 4, gl.UNSIGNED_BYTE, true, 0, 0); }
  const draws = [["triangles", gl.TRIANGLES], ["lines", gl.LINES], ["points", gl.POINTS]]
    .map(([key, mode]) => { const ids = new Uint32Array(bytes(mesh[key])); return ids.length
      ? {mode, count: ids.length, buffer: filled(gl.ELEMENT_ARRAY_BUFFER, ids)} : null; })
    .filter(Boolean);
  return {name: mesh.name, array, draws, color: mesh.color, opacity: mesh.opacity,
    lit: mesh.lit ? 1 : 0, shown: true};
});
const list = document.getElementById("parts");
parts.forEach(part => { const row = document.createElement("label");
  const box = document.createElement("input"); box.type = "checkbox"; box.checked = true;
  const range = document.createElement("input"); range.type = "range"; range.min = 0; range.max = 1;
  range.step = 0.05; range.value = part.opacity; range.title = "opacity";
  box.onchange = () => { part.shown = box.checked; draw(); };
  range.oninput = () => { part.opacity = +range.value; draw(); };
  row.append(box, " ", range, " ", part.name); list.append(row); });
const sub = (a, b) => a.map((v, i) => v - b[i]), add = (a, b) => a.map((v, i) => v + b[i]);
const mul = (a, f) => a.map(v => v * f), dot = (a, b) => a.reduce((s, v, i) => s + v * b[i], 0);
const cross = (a, b) => [a[1]*b[2]-a[2]*b[1], a[2]*b[0]-a[0]*b[2], a[0]*b[1]-a[1]*b[0]];
const unit = a => mul(a, 1 / (Math.hypot(...a) || 1));
let focal = scene.focal.slice(), distance = Math.hypot(...sub(scene.position, scene.focal));
let toward = unit(sub(scene.position, scene.focal)), up = unit(scene.up);
function draw() {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = canvas.clientWidth * ratio; canvas.height = canvas.clientHeight * ratio;
  gl.viewport(0, 0, canvas.width, canvas.height);
  const b = scene.background;
  gl.clearColor(...[1, 3, 5].map(i => parseInt(b.slice(i, i+2), 16) / 255), 1);
  gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT); gl.enable(gl.DEPTH_TEST);
  const right = unit(cross(up, toward)), top = cross(toward, right);
  const eye = add(focal, mul(toward, distance));
  const near = Math.max(distance - 3 * radius, distance / 500), far = distance + 3 * radius;
  const f = 1 / Math.tan(scene.angle * Math.PI / 360), aspect = canvas.width / canvas.height;
  const rows = [mul(right, f / Math.max(aspect, 1e-3)), mul(top, f), toward];
  const shift = rows.map(r => -dot(r, eye));
  const p = (far + near) / (near - far), q = 2 * far * near / (near - far);
  const m = new Float32Array(16);
  for (let i = 0; i < 3; i++) { m[4*i] = rows[0][i]; m[4*i+1] = rows[1][i];
    m[4*i+2] = p * rows[2][i]; m[4*i+3] = -rows[2][i]; }
  m[12] = shift[0]; m[13] = shift[1]; m[14] = p * shift[2] + q; m[15] = -shift[2];
  gl.uniformMatrix4fv(place.matrix, false, m);
  const turn = new Float32Array(9);
  [right, top, toward].forEach((row, j) => row.forEach((v, i) => { turn[3*i+j] = v; }));
  gl.uniformMatrix3fv(place.turn, false, turn);
  const paint = part => { gl.bindVertexArray(part.array);
    gl.vertexAttrib4f(2, ...part.color, 1); gl.vertexAttrib4f(1, 0, 0, 1, 0);
    gl.uniform1f(place.lit, part.lit); gl.uniform1f(place.opacity, part.opacity);
    part.draws.forEach(d => { gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, d.buffer);
      gl.drawElements(d.mode, d.count, gl.UNSIGNED_INT, 0); }); };
  gl.disable(gl.BLEND); gl.depthMask(true);
  parts.filter(p => p.shown && p.opacity >= 1).forEach(paint);
  gl.enable(gl.BLEND); gl.depthMask(false);
  gl.blendFunc(gl.SRC_ALPHA, gl.ONE_MINUS_SRC_ALPHA);
  parts.filter(p => p.shown && p.opacity < 1 && p.opacity > 0).forEach(paint);
  gl.depthMask(true);
}
const around = (v, k, a) => { const c = Math.cos(a), s = Math.sin(a);
  return add(add(mul(v, c), mul(cross(k, v), s)), mul(k, dot(k, v) * (1 - c))); };
let held = null;
canvas.onpointerdown = e => { held = [e.clientX, e.clientY, e.button || e.shiftKey];
  canvas.setPointerCapture(e.pointerId); };
canvas.onpointerup = () => { held = null; };
canvas.oncontextmenu = e => e.preventDefault();
canvas.onpointermove = e => { if (!held) return;
  const dx = e.clientX - held[0], dy = e.clientY - held[1];
  held[0] = e.clientX; held[1] = e.clientY;
  const right = unit(cross(up, toward)), top = cross(toward, right);
  if (held[2]) { const half = Math.tan(scene.angle * Math.PI / 360);
    const k = 2 * distance * half / canvas.clientHeight;
    focal = add(focal, add(mul(right, -dx * k), mul(top, dy * k)));
  } else { toward = around(toward, top, -dx * 0.008);
    toward = unit(around(toward, right, -dy * 0.008));
    up = unit(around(top, right, -dy * 0.008)); }
  draw(); };
canvas.addEventListener("wheel", e => { e.preventDefault();
  distance *= Math.exp(e.deltaY * 0.001); draw(); }, {passive: false});
window.onresize = draw; draw();
</script></body></html>
"""
