// The three models of the stored contract, as the ConsultFlow web application declares them.
import mongoose from "mongoose";

const { Schema } = mongoose;
const ACTIONS = [
  "generate_mom",
  "send_email",
  "create_calendar",
  "teams_post",
  "create_ppt",
  "ai_process",
  "save_data",
  "api_call",
];
const options = (collection) => ({ collection, timestamps: true, autoIndex: false });

const user = new Schema(
  {
    microsoftId: { type: String, required: true, unique: true },
    email: { type: String, required: true, unique: true, lowercase: true },
    name: { type: String, required: true },
    accessToken: { type: String, select: false },
    refreshToken: { type: String, select: false },
    tokenExpiresAt: { type: Date },
  },
  options("users"),
);

const workflow = new Schema(
  {
    userId: { type: Schema.Types.ObjectId, ref: "User", required: true, index: true },
    name: { type: String, required: true },
    trigger: {
      type: String,
      enum: ["manual", "schedule", "webhook", "transcript"],
      default: "manual",
    },
    actions: [{ type: String, enum: ACTIONS }],
    actionConfigs: { type: Schema.Types.Mixed, default: {} },
    canvasData: {
      type: new Schema({ nodes: [Schema.Types.Mixed], edges: [Schema.Types.Mixed] }, { _id: false }),
      default: null,
    },
  },
  options("workflows"),
);
workflow.index({ userId: 1, createdAt: -1 });

const executionLog = new Schema(
  {
    userId: { type: Schema.Types.ObjectId, ref: "User", required: true, index: true },
    workflowId: { type: Schema.Types.ObjectId, ref: "Workflow", required: true, index: true },
    status: { type: String, enum: ["running", "completed", "failed"], default: "running" },
    actionsExecuted: { type: [String], default: [] },
    error: { type: String, default: null },
    executedAt: { type: Date },
  },
  options("executionlogs"),
);
executionLog.index({ userId: 1, executedAt: -1 });

export const User = mongoose.model("User", user);
export const Workflow = mongoose.model("Workflow", workflow);
export const ExecutionLog = mongoose.model("ExecutionLog", executionLog);
