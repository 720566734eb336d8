(function () {
  'use strict';
  var data = JSON.parse(document.getElementById('data').textContent);
  var chart = document.getElementById('chart');
  var network = new vis.Network(chart, { nodes: new vis.DataSet(data.nodes), edges: new vis.DataSet(data.edges) }, data.options);
  network.once('afterDrawing', function () {
    network.fit();
    document.documentElement.setAttribute('data-ready', 'yes');
  });
})();
