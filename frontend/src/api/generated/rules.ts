// Made from openapi.json by `npm run generate`.
export const RULES = {
  "AgentCreate": {
    "name": {
      "minLength": 3,
      "maxLength": 50
    },
    "role": {
      "minLength": 3,
      "maxLength": 100
    },
    "goal": {
      "maxLength": 500
    },
    "backstory": {
      "maxLength": 2000,
      "default": ""
    },
    "capabilities": {
      "maxItems": 50,
      "default": []
    },
    "prompt": {
      "minLength": 10,
      "maxLength": 4000
    },
    "provider": {},
    "model": {
      "minLength": 1,
      "maxLength": 200
    },
    "temperature": {
      "minimum": 0,
      "maximum": 2,
      "default": 0.7
    },
    "max_tokens": {
      "minimum": 1,
      "maximum": 200000,
      "default": 4000
    },
    "color": {
      "maxLength": 200000,
      "pattern": "^#[0-9A-Fa-f]{6}$"
    },
    "fallbacks": {
      "maxItems": 5,
      "default": []
    },
    "memory": {
      "default": {
        "recall": true,
        "remember": "facts"
      }
    },
    "is_active": {
      "default": true
    }
  },
  "ChannelCreate": {
    "name": {
      "minLength": 1,
      "maxLength": 80
    },
    "topic": {
      "maxLength": 500,
      "default": ""
    },
    "agent_id": {}
  },
  "CollectionCreate": {
    "name": {
      "minLength": 1,
      "maxLength": 80
    },
    "description": {
      "maxLength": 500,
      "default": ""
    },
    "channel_id": {}
  },
  "MemoryCreate": {
    "content": {
      "maxLength": 8000
    },
    "kind": {
      "default": "note"
    },
    "importance": {
      "minimum": 0,
      "maximum": 1,
      "default": 0.5
    },
    "pinned": {
      "default": false
    },
    "source_message_id": {},
    "channel_id": {},
    "said_at": {},
    "expires_at": {},
    "metadata": {}
  },
  "MemorySettings": {
    "recall": {
      "default": true
    },
    "remember": {
      "default": "facts"
    },
    "expire_after_days": {
      "minimum": 1,
      "maximum": 36500
    },
    "half_life_days": {
      "minimum": 1,
      "maximum": 36500
    },
    "summarize_after_days": {
      "minimum": 1,
      "maximum": 36500
    }
  },
  "SavedWorkflowCreate": {
    "name": {
      "minLength": 1,
      "maxLength": 80
    },
    "description": {
      "maxLength": 500,
      "default": ""
    },
    "title": {
      "maxLength": 200
    },
    "request": {
      "maxLength": 8000,
      "default": ""
    },
    "tasks": {
      "minItems": 1,
      "maxItems": 100
    },
    "parameters": {
      "maxItems": 30,
      "default": []
    },
    "max_parallel": {
      "minimum": 1,
      "maximum": 20
    }
  }
} as const;
