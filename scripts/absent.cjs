// Stands in bundles for what dockerode loads and Airlock never calls: its own ssh client (native code) and its loader
// of .proto files (read from a folder that a bundle does not have).
module.exports = {};
