export const scenarios = (BABYLON) => {
  const engine = new BABYLON.NullEngine();
  const scene = new BABYLON.Scene(engine);
  return {
    noScene: () => new BABYLON.FreeCamera('x', null)._checkInputs(BABYLON.Vector3.FromArray()),
    parse: () => BABYLON.Mesh.Parse({}, scene, ''),
    vertexData: () => BABYLON.VertexData.CreatePolyhedron({ type: 99, custom: 5 }),
    observable: () => {
      scene.onBeforeRenderObservable.addOnce(() => { throw new Error('observed'); });
      scene.render();
    },
    extrude: () => BABYLON.MeshBuilder.ExtrudeShape('x', { shape: null, path: [] }, scene),
    matrix: () => BABYLON.Matrix.FromArray(null),
    animation: () => scene.beginAnimation({ animations: null, getAnimatables: 5 }, 0, 1),
    color: () => BABYLON.Color3.FromHexString(5),
    material: () => BABYLON.Material.Parse({ customType: 'BABYLON.None' }, scene, ''),
  };
};
