// node check.mjs read|write <mongodb uri>
// read:  everything in the three collections is what the models say, byte types included.
// write: what the web application would write, for our repositories to read.
import assert from "node:assert/strict";
import mongoose from "mongoose";
import { ExecutionLog, User, Workflow } from "./models.mjs";

const { ObjectId } = mongoose.Types;
const isDate = (value) => value instanceof Date;
const isId = (value) => value?._bsontype === "ObjectId";
const isText = (value) => typeof value === "string";
const isTexts = (value) => Array.isArray(value) && value.every(isText);
const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const absentOr = (check) => (value) => value === undefined || check(value);
const nullOr = (check) => (value) => value === undefined || value === null || check(value);

// Mongoose casts what it reads, so the stored types are looked at before it can.
const STORED = {
  User: {
    microsoftId: isText,
    email: (value) => isText(value) && value === value.toLowerCase(),
    name: isText,
    accessToken: absentOr(isText),
    refreshToken: absentOr(isText),
    tokenExpiresAt: absentOr(isDate),
    createdAt: isDate,
    updatedAt: isDate,
  },
  Workflow: {
    userId: isId,
    name: isText,
    trigger: isText,
    actions: isTexts,
    actionConfigs: absentOr(isObject), // mongoose leaves an empty one out
    canvasData: (value) =>
      value === null || (Array.isArray(value.nodes) && Array.isArray(value.edges)),
    createdAt: isDate,
    updatedAt: isDate,
  },
  ExecutionLog: {
    userId: isId,
    workflowId: isId,
    status: isText,
    actionsExecuted: isTexts,
    error: nullOr(isText),
    executedAt: absentOr(isDate),
    createdAt: isDate,
    updatedAt: isDate,
  },
};

async function everyDocumentIsValid(Model) {
  const documents = await Model.collection.find().toArray();
  for (const raw of documents) {
    for (const [field, check] of Object.entries(STORED[Model.modelName])) {
      assert.ok(check(raw[field]), `${Model.modelName}.${field}: ${JSON.stringify(raw[field])}`);
    }
    await Model.hydrate(raw).validate();
  }
  const { toCreate } = await Model.diffIndexes();
  assert.deepEqual(toCreate, [], `${Model.modelName} lacks indexes`);
  return documents.length;
}

async function theCanonicalQueriesWork() {
  for (const { _id: userId } of await User.find()) {
    const user = await User.findById(userId);
    assert.equal(user.accessToken, undefined);
    assert.equal(user.refreshToken, undefined);
    const workflows = await Workflow.find({ userId }).sort({ createdAt: -1 });
    const logs = await ExecutionLog.find({ userId })
      .populate("workflowId", "name actions")
      .sort({ executedAt: -1 })
      .limit(50);
    for (const log of logs) {
      assert.equal(log.executedAt === undefined, log.status === "running");
      assert.ok(log.workflowId === null || isText(log.workflowId.name));
    }
    assert.ok(workflows.every((one, n) => n === 0 || one.createdAt <= workflows[n - 1].createdAt));
    await User.findByIdAndUpdate(userId, { tokenExpiresAt: new Date() }, { runValidators: true });
  }
}

async function read() {
  const counts = {};
  for (const Model of [User, Workflow, ExecutionLog]) {
    counts[Model.modelName] = await everyDocumentIsValid(Model);
  }
  await theCanonicalQueriesWork();
  return counts;
}

async function write() {
  const user = await User.create({ microsoftId: "web.t", email: "Web@X.example", name: "Web" });
  const workflow = await Workflow.create({
    userId: user._id,
    name: "From the web",
    trigger: "schedule",
    actions: ["generate_mom", "send_email"],
    actionConfigs: { send_email: { to: "a@b.example", extra: new Date(0), id: new ObjectId() } },
    canvasData: { nodes: [{ id: "trigger-1" }], edges: [] },
  });
  const bare = await Workflow.create({ userId: user._id, name: "Bare" });
  const ended = { status: "completed", actionsExecuted: ["generate_mom"], executedAt: new Date() };
  for (const log of [{}, ended, { ...ended, status: "failed", error: "No notes" }]) {
    await ExecutionLog.create({ userId: user._id, workflowId: workflow._id, ...log });
  }
  await ExecutionLog.create({ userId: user._id, workflowId: new ObjectId(), ...ended });
  return { user: user.id, workflow: workflow.id, bare: bare.id };
}

const [mode, uri] = process.argv.slice(2);
await mongoose.connect(uri, { serverSelectionTimeoutMS: 5000 });
try {
  console.log(JSON.stringify(await { read, write }[mode]()));
} finally {
  await mongoose.disconnect();
}
